import { someOf } from './drive-words.ts';

/**
 * What decides whether a drive is offered, gathered before: whose bytes are on it and who uses them. The texts stand in
 * sentences an operator reads, so they say what is so, and what could be done where something can.
 */
export interface DriveFacts {
  /** Bytes; `undefined` when the system does not tell. */
  readonly size: number | undefined;
  readonly removable: boolean;
  /** Bytes; what is written at once is a multiple of it. */
  readonly blockSize: number;
  readonly readOnly: boolean;
  readonly overNetwork: boolean;
  /** It can be told from another that is put in its place. */
  readonly distinguishable: boolean;
  /** Where it, a partition or anything built on it is mounted. */
  readonly mountpoints: readonly string[];
  /** The devices and files on it that are swapped onto. */
  readonly swaps: readonly string[];
  /** The folders Sifaka works with that are on it. */
  readonly carries: readonly string[];
  /** What is built on it and open, in words: `the opened encrypted volume dm-0`. */
  readonly heldBy: readonly string[];
  /** Loop devices that stand for it, or for a file on it. */
  readonly loops: readonly string[];
  /** Everything that is recognised on it, by libblkid's names; a device may hold several. */
  readonly signatures: readonly { readonly name: string; readonly fileSystem: string }[];
  /** Of a loop device. */
  readonly backing:
    | {
        readonly file: string;
        readonly deleted: boolean;
        readonly isDevice: boolean;
        readonly isKept: boolean;
        /** Other loop devices of the same file. */
        readonly alsoAttachedAs: readonly string[];
      }
    | undefined;
  /** What two sources say differently, as a phrase. */
  readonly disagreements: readonly string[];
}

/** Of the page cache, and of the ext4 and FAT in every golden image: no larger one can be mounted from it. */
export const largestBlock = 4096;

type Rule = (facts: DriveFacts) => string | undefined;

/** Why a drive is not offered, the weightiest first; empty when it is. Nothing overrules one of these. */
export function reasonsAgainst(facts: DriveFacts): string[] {
  return rules.flatMap((rule) => rule(facts) ?? []);
}

const rules: readonly Rule[] = [
  ({ size }) => (size === undefined ? 'The system does not tell what it is.' : undefined),
  ({ size, removable }) => {
    if (size !== 0) return undefined;
    return removable ? 'There is no card in it.' : 'It has no size.';
  },
  ({ mountpoints }) => {
    const system = mountpoints.filter(isSystemPlace);
    return system.length > 0 ? `This system runs from it (${someOf(system)}).` : undefined;
  },
  ({ swaps }) => (swaps.length > 0 ? `This system swaps onto it (${someOf(swaps)}).` : undefined),
  ({ carries, mountpoints }) =>
    carries.length > 0 && !mountpoints.some(isSystemPlace)
      ? `It carries what Sifaka works with: ${someOf(carries)}.`
      : undefined,
  ({ mountpoints }) => {
    const others = mountpoints.filter((place) => !isSystemPlace(place) && !isRemovableMediaPlace(place));
    if (others.length === 0 || mountpoints.some(isSystemPlace)) return undefined;
    return `It is in use by this machine at ${someOf(others)}: unmount it yourself first.`;
  },
  ({ heldBy }) => (heldBy.length > 0 ? `It is in use as part of ${someOf(heldBy)}.` : undefined),
  ({ loops, mountpoints }) => {
    if (loops.length === 0 || mountpoints.some(isSystemPlace)) return undefined;
    return `It is in use through ${someOf(loops)}: detach that first.`;
  },
  ({ signatures }) => {
    const members = signatures.flatMap(({ name, fileSystem }) => {
      const whole = largerThing(fileSystem);
      return whole === undefined ? [] : [`${name} belongs to ${whole}`];
    });
    if (members.length === 0) return undefined;
    return `It is a piece of something larger: ${someOf([...new Set(members)])}. If that is long gone, remove its mark yourself (wipefs).`;
  },
  ({ backing }) => {
    if (backing === undefined) return undefined;
    if (backing.deleted) return 'Its file was deleted: what is written to it would be lost.';
    if (backing.isDevice) return `It stands for ${someOf([backing.file])}: choose that drive itself.`;
    if (backing.isKept) return `Its file is in a folder Sifaka works with: ${someOf([backing.file])}.`;
    if (backing.alsoAttachedAs.length > 0)
      return `Its file is also attached as ${someOf(backing.alsoAttachedAs)}: detach that first.`;
    return undefined;
  },
  ({ overNetwork }) =>
    overNetwork ? 'It is reached over a network: it is no card of this machine.' : undefined,
  ({ readOnly, size }) =>
    readOnly && size !== 0 && size !== undefined
      ? 'It is read-only; some cards and readers have a lock switch.'
      : undefined,
  ({ blockSize }) =>
    blockSize > largestBlock
      ? `Its blocks have ${blockSize} bytes: the file systems of a card need smaller ones.`
      : undefined,
  ({ distinguishable }) =>
    distinguishable
      ? undefined
      : 'It has nothing to tell it by: no serial number, and this kernel does not count drives.',
  ({ disagreements }) =>
    disagreements.length > 0 ? `Two sources disagree about it: ${someOf(disagreements)}.` : undefined,
];

const systemPlaces: ReadonlySet<string> = new Set([
  '/',
  '/boot',
  '/efi',
  '/usr',
  '/var',
  '/home',
  '/etc',
  '/root',
  '/nix',
  '/sysroot',
]);

function isSystemPlace(mountpoint: string): boolean {
  return systemPlaces.has(mountpoint) || mountpoint.startsWith('/boot/');
}

/** Where desktops and udisks2 mount what a person plugged in; the writer unmounts there, and nowhere else. */
export function isRemovableMediaPlace(mountpoint: string): boolean {
  return mountpoint.startsWith('/media/') || mountpoint.startsWith('/run/media/');
}

/** What a signature makes its device a part of, by libblkid's names (util-linux, libblkid/src/superblocks). */
export function largerThing(fileSystem: string): string | undefined {
  if (/^LVM[12]_member$/.test(fileSystem)) return 'an LVM volume group';
  if (fileSystem.endsWith('_raid_member')) return 'a RAID array';
  return largerThings[fileSystem];
}

const largerThings: Readonly<Record<string, string>> = {
  zfs_member: 'a ZFS pool',
  ceph_bluestore: 'a Ceph store',
  bcache: 'a bcache set',
  drbd: 'a DRBD resource',
  drbdmanage_control_volume: 'a DRBD resource',
  mpath_member: 'a multipath device',
  stratis: 'a Stratis pool',
  vdo: 'a VDO volume',
  VMFS_volume_member: 'a VMFS volume',
  DM_snapshot_cow: 'a snapshot',
};
