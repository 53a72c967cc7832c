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
 * Makes everything that was written to the file system of `path` durable. False when the file system says that something
 * could not be written (Linux tells this since 5.8): what was written since the last time is not to be trusted.
 */
export function syncFileSystem(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  execFile('sync', ['-f', '--', path], (error) => resolve(error === null));
  return promise;
}
