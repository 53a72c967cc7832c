import { gptSectorSize, hasBootSignature } from './image-format.ts';

/** Bytes that hold the partition table itself: MBR, GPT header and 128 entries of 128 bytes, on 4096-byte sectors. */
export const partitionTableBytes = 6 * 4096;

const gptEntriesLimit = 128;

/**
 * The byte after the last partition, from the first `partitionTableBytes` of a disk image; 0 without partitions. An
 * image that is shorter was cut off. Logical partitions lie inside their extended one and need no look of their own.
 */
export function endOfLastPartition(table: Buffer): number {
  const sector = gptSectorSize(table);
  return sector === undefined ? endInMbr(table) : endInGpt(table, sector);
}

/** Four entries of 16 bytes at 446: type at 4, first sector at 8, number of sectors at 12 (UEFI 2.10, table 5.2). */
function endInMbr(table: Buffer): number {
  if (!hasBootSignature(table)) return 0;
  let end = 0;
  for (let entry = 446; entry < 510; entry += 16) {
    if (table.readUInt8(entry + 4) === 0) continue;
    end = Math.max(end, (table.readUInt32LE(entry + 8) + table.readUInt32LE(entry + 12)) * 512);
  }
  return end;
}

/** Header: entry array's sector at 72, entries at 80, entry size at 84; entry: type at 0, last sector at 40 (UEFI 2.10, 5.3). */
function endInGpt(table: Buffer, sector: number): number {
  const header = table.subarray(sector, 2 * sector);
  if (header.length < 92) return 0;
  const start = Number(header.readBigUInt64LE(72)) * sector;
  const count = Math.min(header.readUInt32LE(80), gptEntriesLimit);
  const size = header.readUInt32LE(84);
  if (size < 128 || size > 4096) return 0;
  let end = 0;
  for (let index = 0; index < count; index++) {
    const entry = table.subarray(start + index * size, start + (index + 1) * size);
    if (entry.length < 128) break;
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    end = Math.max(end, (Number(entry.readBigUInt64LE(40)) + 1) * sector);
  }
  return end;
}
