import { Problem } from '../../shared/problem.ts';

/** Longest name in ext4 (bytes) and in FAT (UTF-16 units). */
const LONGEST_NAME = 255;
const LONGEST_PATH = 4096;

/**
 * Splits an absolute path into its names. Anything that could mean another place than it says, or that a file system
 * cannot hold, is INJECTION_CONFLICT.
 */
export function splitImagePath(path: string): string[] {
  const names = path.split('/').slice(1);
  const bad =
    !path.startsWith('/') ||
    path.includes('\0') ||
    Buffer.byteLength(path) > LONGEST_PATH ||
    names.some(
      (name) => name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > LONGEST_NAME,
    );
  if (bad) {
    throw conflict(
      `${JSON.stringify(path)} is not a path that can be put onto a card.`,
      'Use an absolute path without `.`, `..` or empty parts.',
    );
  }
  return names;
}

export function conflict(what: string, next = 'Change the path, or the golden image.'): Problem {
  return new Problem('INJECTION_CONFLICT', { what, state: 'Nothing was written.', next });
}
