import { Problem } from '../../../../shared/problem.ts';
import type { Drive } from '../../../../shared/schemas/drive.ts';
import { parseGetDisk, runGetDisk } from './windows-disks.ts';
import { type WindowsOpinion, windowsDrives } from './windows-drives.ts';

/** Where a list of drives comes from on Windows. */
export interface WindowsSources {
  /** JSON of Get-Disk, Get-Partition and Get-Volume; `undefined` when it cannot be had, and then nothing is listed. */
  getDisk(): Promise<string | undefined>;
  /** By path; none when it cannot be had, which is no contradiction. */
  drivelist(): Promise<ReadonlyMap<string, WindowsOpinion>>;
}

export const windowsSources: WindowsSources = { getDisk: runGetDisk, drivelist: readNativeDrivelist };

/** Every disk, sorted by number. DRIVE_FAILED. */
export async function listWindowsDrives(
  sources: WindowsSources,
  protectedPaths: readonly string[],
): Promise<Drive[]> {
  const [output, drivelist] = await Promise.all([sources.getDisk(), sources.drivelist()]);
  const disks = output === undefined ? undefined : parseGetDisk(output);
  if (disks === undefined) {
    throw new Problem('DRIVE_FAILED', {
      what: 'Get-Disk, which lists drives, cannot be run or understood.',
      state: 'Nothing was written.',
      next: 'Check that Windows PowerShell starts and knows Get-Disk, then look again.',
    });
  }
  return windowsDrives({ disks, drivelist, protectedPaths });
}

/** Its root loads a native part, which need not have been built; it is loaded only here, and only on Windows. */
async function readNativeDrivelist(): Promise<ReadonlyMap<string, WindowsOpinion>> {
  const found = await import('drivelist').then(({ list }) => list()).catch(() => []);
  return new Map(
    found.map(({ device, size, isReadOnly, isSystem, mountpoints }) => [
      device,
      { size: size ?? 0, readOnly: isReadOnly, isSystem, mountpoints: mountpoints.map(({ path }) => path) },
    ]),
  );
}
