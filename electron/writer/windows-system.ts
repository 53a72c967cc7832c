import { Problem } from '../../shared/problem.ts';
import { holdDisk } from './windows-drive.ts';
import { openNamedImage } from './windows-image.ts';
import { type LockedVolumes, lockVolumes } from './windows-volumes.ts';
import type { WriterSystem } from './writer-system.ts';

/** Windows says nothing of how a disk wants to be written; nobody has measured yet what would be faster. */
const limits = { alignment: 4096, requestSize: 2 ** 20, buffers: 2 } as const;

/** Windows: the golden image is a path, a drive is held by its locked volumes. For one job. */
export function createWindowsSystem(imagePath: string | undefined): WriterSystem {
  let volumes: LockedVolumes | undefined;
  return {
    imagePath: imagePath ?? '',
    openImage: (image, signal) => openNamedImage(imagePath, image, signal),
    async keepOthersAway(drive) {
      volumes = await lockVolumes(drive);
      return volumes;
    },
    hold(drive, mode) {
      const locked = volumes;
      if (mode === 'read') return holdDisk(drive, mode, () => Promise.resolve(0));
      if (locked === undefined) throw new Error('a disk is written to with its volumes locked only');
      return holdDisk(drive, mode, () => locked.mediaChanges());
    },
    limits: () => Promise.resolve(limits),
    discardAll: () => Promise.reject(cannotDiscard()),
    // While its volumes are locked it is still the same one, and Windows cannot mount the new card and write to it.
    async eject({ removable }) {
      return removable && volumes !== undefined && (await volumes.eject().catch(() => false));
    },
  };
}

function cannotDiscard(): Problem {
  return new Problem('DRIVE_FAILED', {
    what: 'On Windows a drive is not told to discard what is on it.',
    state: '',
    next: 'Plan again, and keep or overwrite the free space instead.',
  });
}
