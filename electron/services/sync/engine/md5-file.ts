import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { nativePath } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';

const chunkBytes = 1 << 20;
/** A name that became a link or a fifo meanwhile is neither followed nor waited for. Windows has neither flag. */
export const md5Flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The MD5 of a file, hexadecimal; `undefined` when it is not, or not any more at the end, what `expected` says. Reads
 * synchronously: in a thread that has nothing else to do, or a small file. Throws what the system says.
 */
export function md5OfFile(path: ByteName, expected: Entry): string | undefined {
  const file = openSync(nativePath(path), md5Flags);
  try {
    if (!isStill(file, expected)) return undefined;
    // Not imported: a thread that reads no file does not load it.
    const hash = process.getBuiltinModule('node:crypto').createHash('md5');
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(expected.size, 1)));
    for (let at = 0; at < expected.size; ) {
      const read = readSync(file, chunk, 0, chunk.length, at);
      if (read === 0) return undefined;
      hash.update(chunk.subarray(0, read));
      at += read;
    }
    return isStill(file, expected) ? hash.digest('hex') : undefined;
  } finally {
    closeSync(file);
  }
}

function isStill(file: number, expected: Entry): boolean {
  const about = fstatSync(file);
  return about.isFile() && about.size === expected.size && about.mtimeMs === expected.mtimeMs;
}
