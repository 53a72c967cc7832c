import type { Drive } from '../../shared/schemas/drive.ts';
import type { Mount } from '../services/drives/survey/kernel-tables.ts';
import { devicesOf, stackOn } from '../services/drives/survey/block-graph.ts';
import { readSystemState } from '../services/drives/survey/system-state.ts';
import { inUse } from './held-drive.ts';
import { runProgram } from './run-program.ts';

/**
 * Unmounts what is mounted of the drive, with the system's own command, and nothing else: by the kernel's own names of the
 * places, as those that are shown are shortened and cleaned, and only where the drive is what one would see there.
 * TARGET_IN_USE.
 */
export async function unmountDrive(drive: Drive): Promise<void> {
  // What was mounted last may lie below what was mounted first.
  for (const { mountpoint } of (await readMounts(drive)).own.toReversed()) {
    const { all, own } = await readMounts(drive);
    const top = all.findLast((mount) => mount.mountpoint === mountpoint);
    // It went together with another one.
    if (top === undefined) continue;
    if (!own.includes(top)) throw inUse(drive, `Something else is mounted over it at ${mountpoint}.`);
    const { code, words } = await runProgram('umount', ['--', mountpoint]);
    if (code !== 0) throw inUse(drive, `It is mounted at ${mountpoint} and cannot be unmounted: ${words}`);
  }
}

/** In the order of mounting, as this process sees them. */
async function readMounts({ path }: Drive): Promise<{ all: readonly Mount[]; own: Mount[] }> {
  const state = await readSystemState({ sysRoot: '/sys', procRoot: '/proc' }, []);
  const device = [...state.devices.values()].find((one) => one.path === path);
  const names = new Set(device === undefined ? [] : stackOn(device, state).map(({ name }) => name));
  const own = state.mounts.filter((mount) => devicesOf(mount, state).some((name) => names.has(name)));
  return { all: state.mounts, own };
}
