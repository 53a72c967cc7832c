import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hardwareOf, type Hardware } from './drive-hardware.ts';
import { attribute, namesIn, realPlace, statsAt } from './sysfs.ts';

/** What sysfs says of a block device (kernel documentation: ABI/stable/sysfs-block, ABI/testing/sysfs-block). */
export interface BlockDevice {
  /** The kernel's name, as in `sda1`. */
  readonly name: string;
  /** `/dev/sda1`. */
  readonly path: string;
  /** `major:minor`; absent when it cannot be read. */
  readonly number: string | undefined;
  /** Its own name, or of the drive it is a partition of. */
  readonly whole: string;
  /** Bytes; absent when it cannot be read. */
  readonly size: number | undefined;
  readonly readOnly: boolean;
  /** One way of several to a drive, which has no device node: the drive is listed beside it. */
  readonly hidden: boolean;
  readonly partitions: readonly string[];
  /** Devices that are built on it (device mapper, RAID, bcache), and those it is built on. */
  readonly holders: readonly string[];
  readonly slaves: readonly string[];
  /** What kind of device mapper table it has, from its uuid: `LVM`, `CRYPT`, `mpath` … */
  readonly mapperKind: string | undefined;
  readonly loop: LoopFile | undefined;
  /** Of a whole drive that is a piece of hardware. */
  readonly hardware: Hardware | undefined;
  readonly removable: boolean;
  /** The kernel's count of drives and media seen; absent before Linux 5.15. */
  readonly diskSequence: string | undefined;
  readonly canDiscard: boolean;
  /** Bytes; 512 when the system does not tell. */
  readonly blockSize: number;
}

/** What a loop device stands for. */
export interface LoopFile {
  /** Its path as the kernel knows it; of another block device, whatever its name was there, `/dev/…`. */
  readonly backingFile: string;
  readonly deleted: boolean;
  /** The same for every name of one file; absent when it cannot be looked at. */
  readonly fileNumber: string | undefined;
}

export type BlockDevices = ReadonlyMap<string, BlockDevice>;

/** Every block device by name. Throws what the system says when the list of them cannot be read at all. */
export async function readBlockDevices(sysRoot: string): Promise<BlockDevices> {
  const found = new Map<string, BlockDevice>();
  const folder = join(sysRoot, 'block');
  for (const name of (await readdir(folder)).toSorted()) {
    const place = await realPlace(join(folder, name));
    // It went between the two looks.
    if (place === undefined) continue;
    const partitions: string[] = [];
    for (const entry of await namesIn(place)) {
      if ((await attribute(join(place, entry, 'partition'))) === undefined) continue;
      partitions.push(entry);
      found.set(entry, await readDevice(join(place, entry), name, []));
    }
    const inOrder = partitions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    found.set(name, await readDevice(place, name, inOrder));
  }
  for (const device of found.values()) {
    if (device.loop === undefined) continue;
    found.set(device.name, { ...device, loop: await lookAtFile(device.loop, found) });
  }
  return found;
}

/** A file may have several names (hard links, bind mounts), and a device nodes elsewhere than below /dev. */
async function lookAtFile(loop: LoopFile, devices: BlockDevices): Promise<LoopFile> {
  const stats = await statsAt(loop.backingFile);
  if (stats === undefined || loop.deleted) return loop;
  if (!stats.isBlockDevice()) return { ...loop, fileNumber: `${stats.dev}:${stats.ino}` };
  const number = numberOf(stats.rdev);
  const below = [...devices.values()].find((device) => device.number === number);
  return { ...loop, backingFile: below?.path ?? `/dev/block/${number}` };
}

/** `major:minor`, as sysfs writes it. makedev(3): the low 8 and the high 12 bits are the minor number, between is the major. */
export function numberOf(device: bigint): string {
  return `${(device >> 8n) & 0xfffn}:${(device & 0xffn) | ((device >> 12n) & 0xfff00n)}`;
}

async function readDevice(place: string, whole: string, partitions: readonly string[]): Promise<BlockDevice> {
  const name = basename(place);
  const read = (file: string) => attribute(join(place, file));
  const isWhole = name === whole;
  return {
    name,
    path: devicePath(name),
    number: await read('dev'),
    whole,
    // In sectors of 512 bytes, whatever the drive's own sectors are.
    size: countOf(await read('size'), 512),
    readOnly: (await read('ro')) !== '0',
    hidden: (await read('hidden')) === '1',
    partitions,
    holders: await namesIn(join(place, 'holders')),
    slaves: await namesIn(join(place, 'slaves')),
    mapperKind: (await read('dm/uuid'))?.split('-', 1)[0],
    loop: loopOf(await read('loop/backing_file')),
    hardware: isWhole ? await hardwareOf(place) : undefined,
    removable: (await read('removable')) === '1',
    diskSequence: await read('diskseq'),
    canDiscard: (countOf(await read('queue/discard_max_bytes'), 1) ?? 0) > 0,
    blockSize: countOf(await read('queue/logical_block_size'), 1) ?? 512,
  };
}

/** sysfs writes a `/` of the name as `!`. */
export function devicePath(name: string): string {
  return `/dev/${name.replaceAll('!', '/')}`;
}

function loopOf(backingFile: string | undefined): LoopFile | undefined {
  if (!backingFile) return undefined;
  const kept = backingFile.replace(/ \(deleted\)$/, '');
  return { backingFile: kept, deleted: kept !== backingFile, fileNumber: undefined };
}

function countOf(text: string | undefined, unit: number): number | undefined {
  if (text === undefined || !/^\d{1,19}$/.test(text.trim())) return undefined;
  const value = Number(text) * unit;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The multiple-device members of every btrfs that is mounted, which mountinfo names one of at most. */
export async function readBtrfsMembers(sysRoot: string): Promise<Map<string, string[]>> {
  const folder = join(sysRoot, 'fs', 'btrfs');
  const members = new Map<string, string[]>();
  for (const id of await namesIn(folder)) {
    const names = await namesIn(join(folder, id, 'devices'));
    for (const name of names) members.set(name, names);
  }
  return members;
}
