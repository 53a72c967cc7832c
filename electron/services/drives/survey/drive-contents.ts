import { formatBytes, formatQuantity } from '../../../../shared/quantities.ts';
import { shortenedInTheMiddle } from '../../../../shared/shortened.ts';
import type { DrivePart } from '../../../../shared/schemas/drive.ts';
import { someOf } from './drive-words.ts';

/** What is on a drive, in words an operator recognises it by before it is erased. */
export function contentsInWords(found: {
  readonly size: number | undefined;
  readonly removable: boolean;
  /** Built into this machine, as far as its bus tells. */
  readonly builtIn: boolean;
  readonly partitionTable: string | undefined;
  readonly parts: readonly DrivePart[];
  /** How many partitions the kernel knows. */
  readonly partitions: number;
  /** Whether somebody looked at the drive itself, or a database that did. */
  readonly looked: boolean;
}): string {
  const { size, parts, partitionTable } = found;
  if (size === undefined) return 'not known';
  if (size === 0) return found.removable ? 'no card in it' : 'nothing: it has no size';
  const table = tableInWords(partitionTable, found.partitions);
  const listed = parts.slice(0, 6).map(partInWords);
  const rest = parts.length - listed.length;
  const more = rest > 0 ? [`${rest} more`] : [];
  const what = [table, ...listed, ...more].filter((words) => words !== undefined).join('; ');
  const nothing = found.looked ? 'nothing that is recognised' : 'not known without more rights';
  return `${found.builtIn ? 'built into this machine; ' : ''}${what === '' ? nothing : what}`;
}

function tableInWords(table: string | undefined, partitions: number): string | undefined {
  const counted = partitions === 0 ? undefined : formatQuantity(partitions, 'partition');
  const name = table === 'gpt' ? 'GPT' : table === 'dos' || table === 'mbr' ? 'MBR' : undefined;
  if (name === undefined) return counted;
  return counted === undefined ? `a partition table (${name})` : `${name} with ${counted}`;
}

/** Characters of a label or of a mount point: a long one must not push what comes after it out of sight. */
const longestName = 64;
const shortened = (name: string) => shortenedInTheMiddle(name, longestName);

function partInWords({ size, fileSystem, label, mountpoints }: DrivePart): string {
  const words = [fileSystem === undefined ? 'something unknown' : (spoken[fileSystem] ?? fileSystem)];
  if (label) words.push(`“${shortened(label)}”`);
  words.push(formatBytes(size));
  if (mountpoints.length > 0) words.push(`mounted at ${someOf(mountpoints.map(shortened), 2)}`);
  else if (fileSystem === 'crypto_LUKS') words.push('locked');
  return words.join(' ');
}

/** libblkid's names for what has a better known one. */
const spoken: Readonly<Record<string, string>> = {
  vfat: 'FAT',
  exfat: 'exFAT',
  ntfs: 'NTFS',
  crypto_LUKS: 'LUKS (encrypted)',
  BitLocker: 'BitLocker (encrypted)',
  LVM2_member: 'LVM',
  linux_raid_member: 'Linux RAID',
  zfs_member: 'ZFS',
  ceph_bluestore: 'Ceph',
};
