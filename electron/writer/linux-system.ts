import { FileSource } from '../imaging/file-source.ts';
import { deviceLimits } from './device-limits.ts';
import { eject } from './eject.ts';
import { discardAll } from './free-space.ts';
import { holdDrive } from './held-drive.ts';
import { planChanged } from './misunderstood.ts';
import { lockAgainstUdev } from './udev-lock.ts';
import { unmountDrive } from './unmount-drive.ts';
import type { WriterSystem } from './writer-system.ts';

const standardInput = 0;

/** Linux: the golden image is the standard input, and the kernel is asked for everything else. */
export const linuxSystem: WriterSystem = {
  /** A link to the file itself (proc_pid_fd(5)). */
  imagePath: `/proc/self/fd/${standardInput}`,
  async openImage({ size }) {
    const base = FileSource.fromDescriptor(standardInput);
    if (base.size !== size) throw planChanged('The golden image has another size than the plan says.');
    return base;
  },
  keepOthersAway: lockAgainstUdev,
  async hold(drive, mode) {
    if (mode === 'write') await unmountDrive(drive);
    return await holdDrive(drive, mode);
  },
  limits: ({ path }) => deviceLimits(path),
  discardAll,
  eject,
};
