import { isAbsolute, resolve } from 'node:path';
import { inputInvalid } from './failure.ts';

/** A path of the command line. The folder this runs in is asked for only by a relative one: it may have been removed. */
export function absolutePath(path: string): string {
  return isAbsolute(path) ? resolve(path) : resolve(workingFolder(), path);
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw inputInvalid(
      'The folder you are in was removed.',
      'Go into a folder that is there, or name every path from the root on.',
    );
  }
}
