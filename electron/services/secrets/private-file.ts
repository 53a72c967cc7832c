import { constants, type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing, systemErrorCode } from '../lab/file-errors.ts';

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

/** Creates a file, mode 0600, and has it on disk when it answers; false when there is one already, which is left alone. */
export async function createPrivateFile(file: string, bytes: Uint8Array): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await openNew(file);
  if (!handle) return false;
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    // Half a key under a good name would be worse than none.
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(file));
  return true;
}

async function openNew(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** A new name is on disk when its folder is (fsync(2)); Windows has no such call for folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refused(reason: string, next: string): PrivateFile {
  return { kind: 'refused', reason, next };
}
