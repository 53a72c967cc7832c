import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

const headBytes = 2 ** 20;
const sectorBytes = 512;

/**
 * What is on a target now, in words and without a word of its own: only its first MiB is read, and nothing that is
 * written there is repeated or followed.
 */
export async function describeContents(handle: FileHandle, stats: BigIntStats): Promise<string> {
  // No block of a sparse file was ever written.
  if (stats.size === 0n || stats.blocks === 0n) return 'empty';
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return describeHead(buffer.subarray(0, bytesRead));
}

/** The same from the first bytes, a MiB at most. */
export function describeHead(head: Buffer): string {
  if (head.every((byte) => byte === 0)) return 'blank: its first MiB is zero';
  const boot = Buffer.concat([head.subarray(0, sectorBytes)], sectorBytes);
  // The ext superblock's magic: 56 bytes into the superblock at 1024.
  if (head.length >= 2048 && head.readUInt16LE(1024 + 56) === 0xef53)
    return 'an ext file system without partitions';
  if (boot.readUInt16LE(510) !== 0xaa55) return 'unknown data';
  // A FAT boot sector ends in the same signature as an MBR (Microsoft FAT specification, 3.1 and 3.3).
  if (boot.toString('latin1', 54, 57) === 'FAT' || boot.toString('latin1', 82, 85) === 'FAT') {
    return 'a FAT file system without partitions';
  }
  const types = [446, 462, 478, 494].map((entry) => boot.readUInt8(entry + 4)).filter((type) => type !== 0);
  if (types.includes(0xee)) return describeGpt(head);
  return `an MBR with ${counted(types.length)}`;
}

/** GPT header and entries: UEFI Specification 2.10, 5.3.2 and 5.3.3. */
function describeGpt(head: Buffer): string {
  const header = head.subarray(sectorBytes, 2 * sectorBytes);
  if (header.toString('latin1', 0, 8) !== 'EFI PART')
    return 'a GPT that is damaged or of another sector size';
  const first = Number(header.readBigUInt64LE(72)) * sectorBytes;
  const entryBytes = header.readUInt32LE(84);
  const end = first + header.readUInt32LE(80) * entryBytes;
  if (entryBytes < 128 || end > head.length) return 'a GPT with a table of unusual size';
  let partitions = 0;
  for (let entry = first; entry < end; entry += entryBytes) {
    if (head.subarray(entry, entry + 16).some((byte) => byte !== 0)) partitions += 1;
  }
  return `a GPT with ${counted(partitions)}`;
}

function counted(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}
