import { access, constants, realpath, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Drive } from '../../shared/schemas/drive.ts';
import { runProgram } from './run-program.ts';

/**
 * Lets a stick or a card reader go, so that it can be pulled out and no desktop mounts what was just proven. A card in a
 * slot of its own and a loop device have nothing to let go of. It is held no more, so `recheck` looks whether it is still
 * the same. Answers whether it may be pulled out.
 */
export async function eject(drive: Drive, recheck: () => Promise<unknown>): Promise<boolean> {
  if (drive.kind !== 'usb' || !drive.removable) return drive.kind === 'loop';
  const isSame = await recheck().then(
    () => true,
    () => false,
  );
  if (!isSame) return false;
  const { code } = await runProgram('eject', ['--scsi', '--', drive.path]);
  if (code === 0) return true;
  // Where eject(1) is not installed: the kernel's own way to remove a SCSI device (Documentation/scsi/scsi.rst).
  const remove = `/sys/block/${basename(drive.path)}/device/delete`;
  try {
    await access(remove, constants.W_OK);
    if (!(await realpath(remove)).includes('/usb')) return false;
    await writeFile(remove, '1');
    return true;
  } catch {
    return false;
  }
}
