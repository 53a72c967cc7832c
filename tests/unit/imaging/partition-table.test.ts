import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPartitionTable } from '../../../electron/imaging/partition-table.ts';
import { asProblem } from '../../../shared/problem.ts';
import { memorySource } from './memory-source.ts';

const SECTOR = 512;
const SECTORS = 4096;

interface Slot {
  readonly type: number;
  readonly first: number;
  readonly count: number;
}

function putTable(image: Buffer, sector: number, slots: readonly (Slot | undefined)[]): void {
  const at = sector * SECTOR;
  for (const [index, slot] of slots.entries()) {
    if (!slot) continue;
    const entry = at + 446 + index * 16;
    image.writeUInt8(slot.type, entry + 4);
    image.writeUInt32LE(slot.first, entry + 8);
    image.writeUInt32LE(slot.count, entry + 12);
  }
  image.writeUInt16LE(0xaa55, at + 510);
}

function mbr(slots: readonly (Slot | undefined)[], sectors = SECTORS): Buffer {
  const image = Buffer.alloc(sectors * SECTOR);
  putTable(image, 0, slots);
  return image;
}

/** Entries by slot; checksums are made after `edit`, unless that is what is to be wrong. */
function gpt(
  entries: readonly ({ first: number; last: number } | undefined)[],
  edit: (header: Buffer) => void = () => undefined,
): Buffer {
  const image = mbr([{ type: 0xee, first: 1, count: SECTORS - 1 }]);
  const table = image.subarray(2 * SECTOR, 34 * SECTOR);
  for (const [index, entry] of entries.entries()) {
    if (!entry) continue;
    table.fill(0x11, index * 128, index * 128 + 32);
    table.writeBigUInt64LE(BigInt(entry.first), index * 128 + 32);
    table.writeBigUInt64LE(BigInt(entry.last), index * 128 + 40);
  }
  const header = image.subarray(SECTOR, 2 * SECTOR);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(table), 88);
  edit(header);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return image;
}

const read = (image: Buffer) => readPartitionTable(memorySource(image));
const numbersAndSectors = async (image: Buffer) =>
  (await read(image)).map(({ number, offset, length }) => [number, offset / SECTOR, length / SECTOR]);

describe('a partition table', () => {
  it('gives MBR partitions the numbers of their slots', async () => {
    const image = mbr([
      undefined,
      { type: 0x0c, first: 64, count: 100 },
      undefined,
      { type: 0x83, first: 200, count: 300 },
    ]);
    expect(await numbersAndSectors(image)).toEqual([
      [2, 64, 100],
      [4, 200, 300],
    ]);
  });

  it('finds logical partitions, from 5 on', async () => {
    const image = mbr([
      { type: 0x83, first: 64, count: 100 },
      { type: 0x0f, first: 1000, count: 2000 },
    ]);
    putTable(image, 1000, [
      { type: 0x83, first: 64, count: 100 },
      { type: 0x05, first: 500, count: 500 },
    ]);
    putTable(image, 1500, [{ type: 0x0c, first: 8, count: 40 }]);
    expect(await numbersAndSectors(image)).toEqual([
      [1, 64, 100],
      [5, 1064, 100],
      [6, 1508, 40],
    ]);
  });

  it('gives GPT partitions the numbers of their slots', async () => {
    const entries = [{ first: 2000, last: 2999 }, ...Array<undefined>(12), { first: 64, last: 127 }];
    expect(await numbersAndSectors(gpt(entries))).toEqual([
      [1, 2000, 1000],
      [14, 64, 64],
    ]);
  });

  it('does not take boot code for a table of another kind', async () => {
    const image = mbr([{ type: 0x83, first: 64, count: 100 }]);
    image[0xfc] = 0xaa;
    image[0xfd] = 0x55;
    expect(await numbersAndSectors(image)).toEqual([[1, 64, 100]]);
  });

  const circle = mbr([{ type: 0x05, first: 1000, count: 2000 }]);
  putTable(circle, 1000, [
    { type: 0x83, first: 8, count: 8 },
    { type: 0x05, first: 500, count: 500 },
  ]);
  putTable(circle, 1500, [
    { type: 0x83, first: 8, count: 8 },
    { type: 0x05, first: 0, count: 500 },
  ]);
  const outside = mbr([{ type: 0x05, first: 1000, count: 100 }]);
  putTable(outside, 1000, [{ type: 0x83, first: 64, count: 1000 }]);
  const far = mbr([{ type: 0x05, first: 1000, count: 100 }]);
  putTable(far, 1000, [undefined, { type: 0x05, first: 0xfffffff0, count: 500 }]);

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['less than a sector', Buffer.alloc(511, 0xff)],
    ['zeros', Buffer.alloc(SECTORS * SECTOR)],
    ['a table without partitions', mbr([])],
    ['an empty partition', mbr([{ type: 0x83, first: 64, count: 0 }])],
    ['a partition on the table itself', mbr([{ type: 0x83, first: 0, count: 10 }])],
    ['a partition beyond the end', mbr([{ type: 0x83, first: 64, count: SECTORS }])],
    ['the largest numbers', mbr([{ type: 0x83, first: 0xffffffff, count: 0xffffffff }])],
    [
      'partitions that overlap',
      mbr([
        { type: 0x83, first: 64, count: 100 },
        { type: 0x83, first: 163, count: 100 },
      ]),
    ],
    ['only an extended partition', mbr([{ type: 0x05, first: 64, count: 100 }])],
    ['logical partitions in a circle', circle],
    ['a logical partition outside of its container', outside],
    ['an extended boot record far away', far],
    ['a protective MBR without a GPT', mbr([{ type: 0xee, first: 1, count: 100 }])],
    ['a GPT that is cut off', gpt([{ first: 64, last: 127 }]).subarray(0, 20 * SECTOR)],
    ['a GPT without partitions', gpt([])],
    ['a GPT partition that ends before it starts', gpt([{ first: 127, last: 64 }])],
    ['a GPT partition beyond the end', gpt([{ first: 64, last: SECTORS }])],
    ['a GPT with huge numbers', gpt([{ first: 2 ** 53, last: Number.MAX_SAFE_INTEGER }])],
    [
      'GPT partitions that overlap',
      gpt([
        { first: 64, last: 127 },
        { first: 127, last: 200 },
      ]),
    ],
    ['GPT entries of no size', gpt([{ first: 64, last: 127 }], (header) => header.writeUInt32LE(0, 84))],
    [
      'four billion GPT entries',
      gpt([{ first: 64, last: 127 }], (header) => header.writeUInt32LE(0xffffffff, 80)),
    ],
    [
      'a GPT whose entries are elsewhere',
      gpt([{ first: 64, last: 127 }], (header) => header.writeBigUInt64LE(99n, 72)),
    ],
    ['a GPT with a wrong checksum', gpt([{ first: 64, last: 127 }], (header) => header.writeUInt32LE(1, 88))],
  ])('with %s is IMAGE_LAYOUT_UNSUPPORTED', async (_, image) => {
    await expect(read(image)).rejects.toMatchObject({ code: 'IMAGE_LAYOUT_UNSUPPORTED' });
  });

  it('of any bytes gives sound partitions or a Problem', async () => {
    const slot = fc.record({
      type: fc.constantFrom(0, 0x05, 0x0c, 0x0f, 0x83, 0x85, 0xee),
      first: fc.oneof(fc.nat(SECTORS), fc.nat(0xffffffff)),
      count: fc.oneof(fc.nat(SECTORS), fc.nat(0xffffffff)),
    });
    const tables = fc.array(fc.tuple(fc.nat(300), fc.array(slot, { maxLength: 4 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(tables, fc.array(slot, { maxLength: 4 }), async (records, first) => {
        const image = mbr(first);
        for (const [sector, slots] of records) if (sector > 0) putTable(image, sector, slots);
        const partitions = await read(image).catch((error: unknown) => {
          expect(asProblem(error)?.code).toBe('IMAGE_LAYOUT_UNSUPPORTED');
          return [];
        });
        for (const one of partitions) {
          expect(one.offset).toBeGreaterThanOrEqual(SECTOR);
          expect(one.offset + one.length).toBeLessThanOrEqual(image.length);
          for (const other of partitions) {
            if (one !== other) {
              expect(
                one.offset >= other.offset + other.length || other.offset >= one.offset + one.length,
              ).toBe(true);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
