import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { moveToFreeName, renameOver } from './give-name.ts';
import { syncFolder } from './sync-folder.ts';

/** Nobody but the owner; Windows has no such bits, and its profile folders keep others out. */
const ownerOnly = 0o600;

/**
 * Makes a file, for its owner's eyes unless told otherwise, and has its content on the disk when it resolves; its name is durable once the
 * folder is synced too. EEXIST when the name is taken; a file that could not be filled is removed again.
 */
export async function writeNewFile(
  file: string,
  content: string | Uint8Array,
  mode = ownerOnly,
): Promise<void> {
  await fillNewFile(file, (handle) => handle.writeFile(content), mode);
}

/** As `writeNewFile`, with whatever `fill` does to the open file. */
export async function fillNewFile(
  file: string,
  fill: (handle: FileHandle) => Promise<void>,
  mode = ownerOnly,
): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await fill(handle);
    await handle.sync();
  } catch (error) {
    await handle.close();
    // Half a file under a good name would be worse than none.
    await rm(file, { force: true });
    throw error;
  }
  await handle.close();
}

/**
 * Makes a file that appears with its whole content in one step, on the disk when it resolves; false when there is one
 * already, which is left alone. `temporary` is a free name in the same folder; nothing is left under it.
 */
export async function createFile(
  file: string,
  content: string | Uint8Array,
  temporary: string,
): Promise<boolean> {
  await writeNewFile(temporary, content);
  let created = false;
  try {
    created = await moveToFreeName(temporary, file);
  } finally {
    if (!created) await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
  return created;
}

/** As `createFile`, but over what may be there. */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  temporary: string,
): Promise<void> {
  await writeNewFile(temporary, content);
  try {
    await renameOver(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
