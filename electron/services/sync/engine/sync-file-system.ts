import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether this system has coreutils' `sync -f`, which is syncfs(2): one call makes everything on a file system durable. */
export function hasSyncFileSystem(): boolean {
  if (process.platform !== 'linux') return false;
  return (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'sync'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Makes everything that was written to the file system of `path` durable. Answers why not, as a code of the system: EIO when
 * the file system says that something could not be written (Linux tells this since 5.8), another one when it could not be
 * asked. Either way what was written since the last time is not to be trusted.
 */
export function syncFileSystem(path: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // A number is how the program ended, a code why it could not be started.
  execFile('sync', ['-f', '--', path], (error) =>
    resolve(error === null ? undefined : typeof error.code === 'string' ? error.code : 'EIO'),
  );
  return promise;
}
