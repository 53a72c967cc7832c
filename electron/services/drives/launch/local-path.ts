import { isAbsolute, resolve } from 'node:path';

/**
 * Whether a path names a file on a disk of this machine and nothing else that Windows reads into one: no share of a server
 * (to which an administrator's credentials would be sent), no device, no alternate stream, nothing left to resolve.
 */
export function isLocalFilePath(path: string): boolean {
  return (
    isAbsolute(path) &&
    resolve(path) === path &&
    !/^[\\/]{2}/.test(path) &&
    !path.replace(/^[a-z]:/i, '').includes(':') &&
    !path.includes('\0')
  );
}
