import { closeSync, openSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/**
 * Makes an empty file for its owner's eyes where there is none, for a program that would make it with the umask's mode.
 * One that is there is not opened: to close a descriptor of it would end the locks of this process on it (fcntl(2)). What
 * the system refuses is no error here: whoever uses the file says why it cannot be used.
 */
export function makeOwnerFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}
