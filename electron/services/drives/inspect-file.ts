import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Target } from '../../../shared/schemas/card.ts';
import { describeContents } from './contents.ts';
import { identityOf } from './file-identity.ts';
import { inWords, refused } from './target-problems.ts';

/** Of a swap between two looks: neither a link is followed nor a pipe waited for. Windows has neither flag. */
const noSurprises = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The regular file at a real path, as a target. */
export async function inspectFile(kind: Target['kind'], path: string): Promise<Target> {
  const handle = await openRegular(path, constants.O_RDONLY);
  try {
    const stats = await handle.stat({ bigint: true });
    return {
      kind,
      path,
      label: kind === 'virtual-drive' ? `virtual drive ${basename(path, '.img')}` : basename(path),
      size: Number(stats.size),
      identity: identityOf(stats),
      contents: await describeContents(handle, stats),
    };
  } finally {
    await handle.close();
  }
}

/** Opens a regular file and nothing else; `path` is its real path. TARGET_MISSING, TARGET_UNSUPPORTED, TARGET_UNWRITABLE. */
export async function openRegular(path: string, access: number): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    checkRegular(path, await lstat(path, { bigint: true }));
    handle = await open(path, access | noSurprises);
  } catch (error) {
    throw inWords(path, error);
  }
  try {
    checkRegular(path, await handle.stat({ bigint: true }));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** TARGET_MISSING; also for a link that leads nowhere. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw inWords(path, error);
  }
}

function checkRegular(path: string, stats: BigIntStats): void {
  if (stats.isBlockDevice() || stats.isCharacterDevice()) {
    throw refused(
      'TARGET_UNSUPPORTED',
      `${path} is a device.`,
      'Name a real drive as it stands in `sifaka drives`, by its own path.',
    );
  }
  if (!stats.isFile()) {
    throw refused(
      'TARGET_UNSUPPORTED',
      `${path} is ${kindInWords(stats)}, not a file.`,
      'Choose a regular file.',
    );
  }
  // Another name of the same file would be overwritten unseen, and its lock is by name.
  if (stats.nlink > 1n) {
    throw refused(
      'TARGET_UNSUPPORTED',
      `${path} has ${stats.nlink} names (hard links): what is written here would change them all.`,
      'Choose a file with one name, or make a copy of it first.',
    );
  }
}

function kindInWords(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'something else';
}
