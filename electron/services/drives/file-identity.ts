import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { systemErrorCode } from '../durable/system-error.ts';
import { inWords } from './target-problems.ts';

/**
 * What tells one file from another that is put in its place: the inode, which is given anew soon after a file is
 * removed, together with the moment it was made. Both stay when the file is written to, renamed or its disk mounted
 * elsewhere. A file system that does not keep the moment gives 0; the device's number stands in for it then.
 */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return birthtimeNs > 0n ? `${ino}:${birthtimeNs}` : `${dev}:${ino}:0`;
}

/** Of what is at a path, a link itself; `undefined` when nothing is. */
export async function identityAt(path: string): Promise<string | undefined> {
  try {
    return identityOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw inWords(path, error);
  }
}
