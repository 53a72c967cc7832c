import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');

/** The app as it is now, built by `npm run build`, in a folder that every user may read. */
export async function buildApp(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const prepare = "import('./scripts/bootstrap.mjs').then(({ prepare }) => prepare())";
  await promisify(execFile)(process.execPath, ['--eval', prepare], { cwd: root });
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-app-'));
  await chmod(folder, 0o755);
  await cp(join(root, 'out'), join(folder, 'out'), { recursive: true });
  for (const name of ['node_modules', 'resources', 'package.json']) {
    await symlink(join(root, name), join(folder, name));
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
