import { open } from 'node:fs/promises';
import type { CardImage } from './card-image.ts';
import { runTool } from './run-tool.ts';
import { mebibyte } from './settings.ts';

/** Bytes from the start of the image. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

export const totalLength = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { length }) => sum + length, 0);

/**
 * What the file systems of the image have in use, found without Sifaka: the first MiB as far as it is not zero, FAT by
 * its own table, ext4 by what dumpe2fs says is free. Sorted, apart from each other.
 */
export async function usedRanges({ files, boot, root }: CardImage): Promise<Range[]> {
  const image = await open(files.raw, 'r');
  try {
    const read = async (offset: number, length: number) => {
      const buffer = Buffer.alloc(length);
      await image.read(buffer, 0, length, offset);
      return buffer;
    };
    const gap = await read(0, mebibyte);
    return merged([
      ...unitsInUse(
        mebibyte / 512,
        (sector) => gap.subarray(sector * 512, (sector + 1) * 512).some(Boolean),
        0,
        512,
      ),
      ...(await fatRanges(boot.offset, read)),
      ...(await ext4Ranges(files.raw, root)),
    ]);
  } finally {
    await image.close();
  }
}

/** FAT32, as makeCardImage makes it (Microsoft's FAT specification, 1.03). */
async function fatRanges(
  start: number,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<Range[]> {
  const head = await read(start, 512);
  const sector = head.readUInt16LE(11);
  const cluster = head.readUInt8(13) * sector;
  const reserved = head.readUInt16LE(14) * sector;
  const tables = head.readUInt8(16);
  const tableSize = head.readUInt32LE(36) * sector;
  const data = reserved + tables * tableSize;
  const clusters = Math.floor((head.readUInt32LE(32) * sector - data) / cluster);
  const table = await read(start + reserved, tableSize);
  const used = (index: number) => (table.readUInt32LE((index + 2) * 4) & 0x0fffffff) !== 0;
  return [{ offset: start, length: data }, ...unitsInUse(clusters, used, start + data, cluster)];
}

async function ext4Ranges(
  image: string,
  { offset, size }: { offset: number; size: number },
): Promise<Range[]> {
  const report = await runTool('dumpe2fs', [`${image}?offset=${offset}`]);
  const block = Number(/^Block size:\s+(\d+)$/m.exec(report)?.[1]);
  const count = Number(/^Block count:\s+(\d+)$/m.exec(report)?.[1]);
  if (!(block > 0 && count * block <= size)) throw new Error('dumpe2fs gave no size.');
  const free = new Uint8Array(count);
  for (const [, list = ''] of report.matchAll(/^ {2}Free blocks: (.*)$/gm)) {
    for (const [, first, last] of list.matchAll(/(\d+)(?:-(\d+))?/g)) {
      free.fill(1, Number(first), Number(last ?? first) + 1);
    }
  }
  return unitsInUse(count, (index) => free[index] === 0, offset, block);
}

function unitsInUse(count: number, used: (index: number) => boolean, start: number, unit: number): Range[] {
  const found: Range[] = [];
  for (let index = 0; index < count; index += 1) {
    if (!used(index)) continue;
    const first = index;
    while (index < count && used(index)) index += 1;
    found.push({ offset: start + first * unit, length: (index - first) * unit });
  }
  return found;
}

function merged(sorted: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last && last.offset + last.length === range.offset) {
      result[result.length - 1] = { offset: last.offset, length: last.length + range.length };
    } else result.push(range);
  }
  return result;
}
