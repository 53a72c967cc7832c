import type { BlockDevice, LoopFile } from './block-devices.ts';
import { devicesOf, drivesBelow, drivesUnder, isBelow, stackOn, type SystemState } from './block-graph.ts';
import { isDistinguishable } from './drive-identity.ts';
import type { DriveFacts } from './drive-safety.ts';

type Usage = Omit<DriveFacts, 'signatures' | 'disagreements'>;

/** Who uses a drive, and for what, by the kernel's own files alone. */
export function usageOf(drive: BlockDevice, state: SystemState): Usage {
  const stack = stackOn(drive, state);
  return {
    size: drive.number === undefined ? undefined : drive.size,
    removable: drive.removable,
    blockSize: drive.blockSize,
    readOnly: drive.readOnly,
    overNetwork: drive.hardware?.overNetwork === true,
    distinguishable: isDistinguishable(drive),
    mountpoints: mountpointsOf(
      stack.map(({ name }) => name),
      state,
    ),
    swaps: state.swaps.filter((path) => drivesUnder(path, state).has(drive.name)),
    carries: state.protectedPaths.filter((path) => drivesUnder(path, state).has(drive.name)),
    heldBy: [...stack.flatMap((device) => holderInWords(device, drive)), ...spanningBtrfs(stack, state)],
    loops: [...state.devices.values()]
      .filter(({ name, loop }) => loop !== undefined && name !== drive.name)
      .filter(({ name }) => drivesBelow(name, state).has(drive.name))
      .map(({ path }) => path),
    backing: backingOf(drive, state),
  };
}

/** Where any of these devices is mounted, each place once, in the order of mounting. */
export function mountpointsOf(names: readonly string[], state: SystemState): string[] {
  const wanted = new Set(names);
  const found = [...state.mounts, ...state.outerMounts]
    .filter((mount) => devicesOf(mount, state).some((name) => wanted.has(name)))
    .map(({ mountpoint }) => mountpoint);
  return [...new Set(found)];
}

function holderInWords(device: BlockDevice, drive: BlockDevice): string[] {
  const { name, whole, loop, mapperKind } = device;
  if (whole === drive.name || loop !== undefined || name !== whole) return [];
  if (name.startsWith('md')) return [`the RAID array ${name}`];
  if (name.startsWith('bcache')) return [`the cache ${name}`];
  return [`${mapped[mapperKind ?? ''] ?? 'the device'} ${name}`];
}

const mapped: Readonly<Record<string, string>> = {
  CRYPT: 'the opened encrypted volume',
  LVM: 'the LVM volume',
  mpath: 'the multipath device',
};

/** A btrfs over several drives, or one that is mounted where this process cannot see it. */
function spanningBtrfs(stack: readonly BlockDevice[], state: SystemState): string[] {
  for (const { name } of stack) {
    const members = state.btrfsMembers.get(name);
    if (members === undefined) continue;
    const drives = new Set(members.map((member) => state.devices.get(member)?.whole ?? member));
    if (drives.size > 1) return ['a btrfs over several drives'];
    if (mountpointsOf([name], state).length === 0) return ['a btrfs that is mounted out of sight'];
  }
  return [];
}

function backingOf({ name, loop }: BlockDevice, state: SystemState): DriveFacts['backing'] {
  if (loop === undefined) return undefined;
  const devices = [...state.devices.values()];
  const file = loop.backingFile;
  return {
    file,
    deleted: loop.deleted,
    isDevice: isBelow(file, '/dev') && !isBelow(file, '/dev/shm'),
    isKept: state.protectedPaths.some((path) => isBelow(file, path)),
    alsoAttachedAs: devices
      .filter((other) => other.name !== name && isSameFile(loop, other.loop))
      .map(({ path }) => path),
  };
}

function isSameFile(one: LoopFile, other: LoopFile | undefined): boolean {
  if (other === undefined) return false;
  if (one.backingFile === other.backingFile) return true;
  return one.fileNumber !== undefined && one.fileNumber === other.fileNumber;
}
