import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { testCache } from '../test-cache.ts';

/** Debian's `nobody`: who runs the server where the tests run as root. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** What starts a program as the user of the server, and ends it when whoever started it ends, however that happens. */
export const asServer = [
  'setpriv',
  '--pdeathsig',
  'KILL',
  ...(isRoot ? ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'] : []),
] as const;

/** Makes a folder of that name the server's. */
export function giveToServer(folder: string): void {
  if (isRoot) execFileSync('chown', ['-R', `${nobody}:${nobody}`, folder]);
}

/**
 * A data folder with the server's own tables in it. mariadb-install-db takes seconds for them, so that they are made once
 * for each version of the server, kept, and copied.
 */
export function makeDataFolder(folder: string): void {
  const template = join(testCache(), `mariadb-${version()}`);
  if (!existsSync(template)) makeTemplate(template);
  cpSync(template, folder, { recursive: true });
  giveToServer(folder);
}

function version(): string {
  const text = execFileSync('/usr/sbin/mariadbd', ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+[\w.+-]*/.exec(text)?.[0] ?? 'unknown';
}

/** Two test files may make it at once: each makes its own, and one of them is kept. */
function makeTemplate(template: string): void {
  mkdirSync(testCache(), { recursive: true });
  const made = mkdtempSync(`${template}-making-`);
  const { status, stderr } = spawnSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      ...(isRoot ? ['--user=root'] : []),
      `--datadir=${made}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=4M',
      '--innodb-flush-method=nosync',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(made, { recursive: true, force: true });
    throw new Error(`mariadb-install-db: ${stderr}`);
  }
  chmodSync(made, 0o755);
  try {
    renameSync(made, template);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}
