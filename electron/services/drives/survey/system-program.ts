import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { z } from 'zod';

const mostBytes = 16 * 2 ** 20;

/**
 * What a program of the system prints, in its own words for programs (LC_ALL=C); `undefined` when it is not installed,
 * fails or is not done in time: it is killed then, and not waited for, since one that hangs in the kernel cannot be.
 */
export async function outputOf(
  name: string,
  args: readonly string[],
  { timeoutMilliseconds = 15_000 }: { readonly timeoutMilliseconds?: number } = {},
): Promise<string | undefined> {
  const program = await findProgram(name);
  if (program === undefined) return undefined;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: environment(), maxBuffer: mostBytes, windowsHide: true },
      (error, stdout) => {
        clearTimeout(timer);
        resolve(error === null ? stdout : undefined);
      },
    );
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(undefined);
    }, timeoutMilliseconds);
  });
}

/** What a program printed as JSON of a known shape; `undefined` when it is anything else. */
export function jsonOf<Schema extends z.ZodType>(
  output: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  try {
    return schema.parse(JSON.parse(output));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Its absolute path: the system's own before one that PATH names. For root only the system's own: the writer is one, and
 * who started it may have had any PATH.
 */
async function findProgram(name: string): Promise<string | undefined> {
  const named = isRoot() ? [] : (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  for (const folder of [...systemFolders(), ...named]) {
    const path = join(folder, name);
    const isProgram = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return path;
  }
  return undefined;
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** util-linux takes where things are from variables as well (blkid(8), libmount's LIBMOUNT_*): nothing of that is handed on. */
function environment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return { ...process.env, LC_ALL: 'C' };
  return { PATH: systemFolders().join(delimiter), LC_ALL: 'C' };
}

function systemFolders(): string[] {
  // The last one is NixOS's; everywhere else only root could make it.
  if (process.platform !== 'win32')
    return ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/run/current-system/sw/bin'];
  const windows = process.env['SystemRoot'] ?? 'C:\\Windows';
  return [join(windows, 'System32', 'WindowsPowerShell', 'v1.0')];
}
