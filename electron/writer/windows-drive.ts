import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Drive } from '../../shared/schemas/drive.ts';
import { cannotOpen, type HeldDrive, OpenDrive } from './held-drive.ts';

/**
 * libuv's O_DIRECT for Windows, which Node does not name but hands on: FILE_FLAG_NO_BUFFERING (uv/win.h, UV_FS_O_DIRECT).
 * What it wants of offsets, lengths and memory is what all drives are given here.
 */
const unbuffered = 0x02000000;

/**
 * Opens a disk (`\\.\PhysicalDriveN`) past Windows' cache. `mediaChanges` is that of the locked volumes, for a drive that is
 * written to. TARGET_CHANGED, TARGET_IN_USE, DRIVE_FAILED.
 */
export async function holdDisk(
  drive: Drive,
  mode: 'read' | 'write',
  mediaChanges: () => Promise<number>,
): Promise<HeldDrive> {
  const access = mode === 'write' ? constants.O_RDWR : constants.O_RDONLY;
  let handle: FileHandle;
  try {
    handle = await open(drive.path, access | unbuffered);
  } catch (error) {
    throw cannotOpen(drive, error);
  }
  try {
    const medium = async () => String(await mediaChanges());
    return new OpenDrive(handle, drive, await medium(), medium);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
