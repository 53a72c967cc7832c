import { randomUUID } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolders } from '../durable/make-folders.ts';
import { isMissing, systemErrorCode } from '../durable/system-error.ts';
import { createFile } from '../durable/write-file.ts';

/** Files that nobody but their owner may read: the identity and the digest key. */

export type PrivateFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string; readonly next: string }
  | { readonly kind: 'read'; readonly bytes: Buffer };

/** Windows has no such mode bits; there the profile folder's access list keeps others out. */
export async function readPrivateFile(file: string, limitBytes: number): Promise<PrivateFile> {
  try {
    // Without O_NONBLOCK, opening a FIFO put there would wait for ever.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const info = await handle.stat();
      if (!info.isFile()) return refused('it is not a regular file', 'Put the key file itself there.');
      if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
        return refused('others on this machine may read it', `Make it yours alone: chmod 600 '${file}'`);
      }
      if (info.size > limitBytes)
        return refused('it is far too large for a key', 'Put the key file itself there.');
      return { kind: 'read', bytes: await handle.readFile() };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === 'EACCES' || code === 'EPERM') {
      return refused('this user may not read it', 'Give the file to the user who runs this.');
    }
    return refused('it could not be read from its disk', 'Check that disk, then try again.');
  }
}

/**
 * Creates a file, mode 0600, and has it on disk when it answers; false when there is one already, which is left alone.
 * It appears whole: half a key under a good name would be worse than none.
 */
export async function createPrivateFile(file: string, bytes: Uint8Array): Promise<boolean> {
  const folder = dirname(file);
  await makeFolders(folder, { mode: 0o700 });
  return await createFile(file, bytes, join(folder, `.${basename(file)}-${randomUUID()}`));
}

function refused(reason: string, next: string): PrivateFile {
  return { kind: 'refused', reason, next };
}
