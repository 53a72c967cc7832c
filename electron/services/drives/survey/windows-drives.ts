import { formatBytes } from '../../../../shared/quantities.ts';
import type { Drive, DrivePart } from '../../../../shared/schemas/drive.ts';
import { contentsInWords } from './drive-contents.ts';
import { largestBlock } from './drive-safety.ts';
import { driveWords, someOf } from './drive-words.ts';
import type { DriveOpinion } from './second-opinions.ts';
import type { WindowsDisk, WindowsDisks, WindowsPartition } from './windows-disks.ts';

/** What drivelist says of a disk; its `isSystem` means on Windows that the system's drive letter is on it. */
export interface WindowsOpinion extends DriveOpinion {
  readonly isSystem: boolean;
}

export interface WindowsSurvey {
  readonly disks: WindowsDisks;
  /** By path; none when its native part is not there. */
  readonly drivelist: ReadonlyMap<string, WindowsOpinion>;
  readonly protectedPaths: readonly string[];
}

/** Buses a person plugs something into. */
const pluggedBuses: ReadonlySet<string> = new Set(['USB', 'SD', 'MMC', '1394']);

/** Buses that lead to no piece of hardware of this machine that is a single drive. */
const foreignBuses: Readonly<Record<string, string>> = {
  'Storage Spaces': 'It is a volume of Storage Spaces, on other drives.',
  Spaces: 'It is a volume of Storage Spaces, on other drives.',
  'File Backed Virtual': 'It is a file that is mounted as a disk.',
  iSCSI: 'It is reached over a network: it is no card of this machine.',
  'Fibre Channel': 'It is reached over a network: it is no card of this machine.',
  RAID: 'It is behind a RAID controller.',
};

/** Partition types of disks that are part of something larger (learn.microsoft.com, PARTITION_INFORMATION_GPT). */
const largerGptTypes: Readonly<Record<string, string>> = {
  '{5808c8aa-7e8f-42e0-85d2-e1e90434cfb3}': 'a dynamic disk',
  '{af9b60a0-1431-4f62-bc68-3311714a69ad}': 'a dynamic disk',
  '{e75caf8f-f680-4cee-afa3-b001e56efc2d}': 'a pool of Storage Spaces',
};
/** The MBR partition type of a dynamic disk (PARTITION_LDM). */
const dynamicMbrType = 0x42;

export function windowsDrives(survey: WindowsSurvey): Drive[] {
  return survey.disks.disks.toSorted((a, b) => a.Number - b.Number).map((disk) => describeDisk(disk, survey));
}

function describeDisk(disk: WindowsDisk, survey: WindowsSurvey): Drive {
  const partitions = survey.disks.partitions.filter(({ DiskNumber }) => DiskNumber === disk.Number);
  const reasons = reasonsAgainstDisk(disk, partitions, survey);
  const size = disk.Size ?? 0;
  const serial = driveWords(disk.SerialNumber);
  const model = driveWords(disk.FriendlyName) || 'disk';
  const removable = pluggedBuses.has(disk.BusType);
  const parts = partitions.map((partition) => partOf(partition, survey.disks));
  return {
    path: diskPath(disk),
    kind: disk.BusType === 'SD' ? 'card' : disk.BusType === 'USB' ? 'usb' : 'disk',
    label: `${model} ${formatBytes(size)} · ${serial === '' ? `disk ${disk.Number}` : serial.slice(-10)}`,
    model,
    size,
    bus: disk.BusType === '' ? 'unknown' : disk.BusType.toLowerCase(),
    ...(serial === '' ? {} : { serial }),
    removable,
    readOnly: disk.IsReadOnly === true,
    parts,
    contents: contentsInWords({
      size: disk.Size ?? undefined,
      removable,
      builtIn: !removable,
      partitionTable: disk.PartitionStyle?.toLowerCase(),
      parts,
      partitions: partitions.length,
      looked: true,
    }),
    identity: identityOf(disk),
    offered: reasons.length === 0,
    reasons,
    canDiscard: false,
  };
}

export function diskPath({ Number: number }: Pick<WindowsDisk, 'Number'>): string {
  return `\\\\.\\PhysicalDrive${number}`;
}

/** Not the disk's signature: that is written with the card. */
function identityOf({ BusType, Size, SerialNumber, UniqueId }: WindowsDisk): string {
  const facts = { bus: BusType, size: Size?.toString(), serial: SerialNumber?.trim(), id: UniqueId?.trim() };
  return Object.entries(facts)
    .flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value.toWellFormed())}`] : []))
    .join('&');
}

/** Why a disk is not offered, the weightiest first. Nothing overrules one of these. */
function reasonsAgainstDisk(
  disk: WindowsDisk,
  partitions: readonly WindowsPartition[],
  { disks, drivelist, protectedPaths }: WindowsSurvey,
): string[] {
  const reasons: string[] = [];
  const places = partitions.flatMap(placesOf);
  const isSystem = [disk, ...partitions].some(({ IsBoot, IsSystem }) => IsBoot === true || IsSystem === true);
  if (disk.Size === null || disk.Size === undefined) reasons.push('The system does not tell what it is.');
  if (disk.Size === 0)
    reasons.push(pluggedBuses.has(disk.BusType) ? 'There is no card in it.' : 'It has no size.');
  if (isSystem) reasons.push('This system runs from it.');
  const on = (paths: readonly string[]) =>
    paths.filter((path) => partitions.some((partition) => isOn(path, partition, disks.partitions)));
  const pageFiles = on(disks.pageFiles);
  if (pageFiles.length > 0) reasons.push(`This system swaps onto it (${someOf(pageFiles)}).`);
  const kept = on(protectedPaths);
  if (kept.length > 0 && !isSystem) reasons.push(`It carries what Sifaka works with: ${someOf(kept)}.`);
  const foreign = foreignBuses[disk.BusType];
  if (foreign !== undefined) reasons.push(foreign);
  else if (!pluggedBuses.has(disk.BusType) && places.length > 0 && !isSystem)
    reasons.push(
      `It is in use by this machine at ${someOf(places)}: remove its drive letter yourself first.`,
    );
  const larger = partitions.flatMap(
    ({ GptType, MbrType }) =>
      largerGptTypes[GptType?.toLowerCase() ?? ''] ?? (MbrType === dynamicMbrType ? 'a dynamic disk' : []),
  );
  if (larger.length > 0) reasons.push(`It is a piece of ${someOf([...new Set(larger)])}.`);
  if (disk.IsClustered === true) reasons.push('It belongs to a cluster of machines.');
  if (disk.IsOffline === true) reasons.push('It is offline: bring it online first.');
  if (disk.IsReadOnly === true) reasons.push('It is read-only; some cards and readers have a lock switch.');
  const sector = disk.LogicalSectorSize ?? 0;
  if (sector > largestBlock)
    reasons.push(`Its blocks have ${sector} bytes: the file systems of a card need smaller ones.`);
  if (!disk.SerialNumber?.trim() && !disk.UniqueId?.trim()) reasons.push('It has nothing to tell it by.');
  const found = disagreements(disk, isSystem, drivelist.get(diskPath(disk)));
  if (found.length > 0) reasons.push(`Two sources disagree about it: ${someOf(found)}.`);
  return reasons;
}

function disagreements(disk: WindowsDisk, isSystem: boolean, other: WindowsOpinion | undefined): string[] {
  if (other === undefined) return [];
  const found: string[] = [];
  if (other.size !== (disk.Size ?? 0))
    found.push(`drivelist says it has ${other.size} bytes, Get-Disk ${disk.Size ?? 0}`);
  if (other.readOnly !== (disk.IsReadOnly === true))
    found.push(`drivelist says it is ${other.readOnly ? 'read-only' : 'writable'}, Get-Disk the opposite`);
  if (other.isSystem && !isSystem) found.push('drivelist says the system is on it, Get-Disk that it is not');
  return found;
}

function partOf(partition: WindowsPartition, { volumes }: WindowsDisks): DrivePart {
  const volume = volumes.find(({ Path }) => typeof Path === 'string' && partition.AccessPaths.includes(Path));
  const label = driveWords(volume?.FileSystemLabel, 32);
  const fileSystem = driveWords(volume?.FileSystem, 32);
  return {
    name: `partition ${partition.PartitionNumber}`,
    size: partition.Size,
    ...(fileSystem === '' ? {} : { fileSystem }),
    ...(label === '' ? {} : { label }),
    mountpoints: placesOf(partition).map((place) => driveWords(place, 120)),
  };
}

/** Where its files are reached: drive letters and folders, not the volume's own name. */
function placesOf({ AccessPaths }: WindowsPartition): string[] {
  return AccessPaths.flatMap((path) => (path === null || path.startsWith('\\\\?\\') ? [] : [path]));
}

/** Whether a path is on a partition: its longest access path is the partition's. Windows does not tell cases apart. */
function isOn(path: string, partition: WindowsPartition, all: readonly WindowsPartition[]): boolean {
  const lower = path.toLowerCase();
  const length = (candidate: WindowsPartition) =>
    Math.max(
      0,
      ...placesOf(candidate)
        .filter((place) => `${lower}\\`.startsWith(place.toLowerCase()))
        .map((place) => place.length),
    );
  const longest = Math.max(0, ...all.map(length));
  return longest > 0 && length(partition) === longest;
}
