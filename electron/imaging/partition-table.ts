import { crc32 } from 'node:zlib';
import { getPartitions } from 'partitioninfo';
import { Problem } from '../../shared/problem.ts';
import type { BlockSource } from './block-source.ts';
import type { Partition } from './card-image.ts';
import { recogniseFileSystem } from './file-system-signature.ts';

const SECTOR = 512;
/** The bytes before the four entries of an MBR: boot code, which says nothing about partitions. */
const BOOT_CODE_LENGTH = 446;
/** Protective MBR, GPT header and 128 entries of 128 bytes: UEFI Specification 2.10, 5.3. */
const GPT_LENGTH = 34 * SECTOR;
/** More logical partitions than anyone makes; a chain that is longer runs in a circle. */
const MOST_LOGICAL_PARTITIONS = 60;
/** Types of the container of logical partitions: CHS, LBA, Linux. */
const EXTENDED_TYPES = new Set([0x05, 0x0f, 0x85]);
const PROTECTIVE_TYPE = 0xee;

interface Entry {
  readonly number: number;
  readonly offset: number;
  readonly length: number;
  readonly extended: boolean;
}

/**
 * The partitions of an image, numbered as Linux numbers them (by slot, logical ones from 5), in the order of their
 * numbers. An image without a partition table, or with one that contradicts itself, is IMAGE_LAYOUT_UNSUPPORTED.
 */
export async function readPartitionTable(source: BlockSource): Promise<Partition[]> {
  if (source.size < SECTOR) throw unsupported('The image is smaller than one sector.');
  const first = readTable(source, 0);
  const types = mbrTypes(first);
  const entries =
    types.find((type) => type !== 0) === PROTECTIVE_TYPE
      ? await readGpt(source)
      : await readMbr(source, first);
  const partitions = entries.filter((entry) => !entry.extended);
  if (partitions.length === 0) throw unsupported('The image has no partitions.');
  mustBeSane(entries, source.size);
  return partitions.map(({ number, offset, length }) => ({
    number,
    offset,
    length,
    fileSystem: recogniseFileSystem(source, offset, length),
  }));
}

async function readMbr(source: BlockSource, first: Buffer): Promise<Entry[]> {
  const primaries = await parseMbr(first, 0);
  const container = primaries.find((entry) => entry.extended);
  return container ? [...primaries, ...(await readLogical(source, container))] : primaries;
}

/** Follows the chain of extended boot records; each holds one logical partition and the way to the next. */
async function readLogical(source: BlockSource, container: Entry): Promise<Entry[]> {
  const logical: Entry[] = [];
  const end = container.offset + container.length;
  const seen = new Set<number>();
  let at: number | undefined = container.offset;
  while (at !== undefined) {
    if (seen.has(at) || seen.size >= MOST_LOGICAL_PARTITIONS) {
      throw unsupported('The logical partitions of the image form a circle.');
    }
    seen.add(at);
    if (at < container.offset || at + SECTOR > Math.min(end, source.size)) {
      throw unsupported('A logical partition lies outside of its extended partition.');
    }
    const entries: Entry[] = await parseMbr(readTable(source, at), at);
    for (const entry of entries.filter((candidate) => !candidate.extended)) {
      if (entry.offset < container.offset || entry.offset + entry.length > end) {
        throw unsupported('A logical partition lies outside of its extended partition.');
      }
      logical.push({ ...entry, number: 5 + logical.length });
    }
    const next = entries.find((entry) => entry.extended);
    // The way to the next record counts from the container's start, not from this record.
    at = next && container.offset + next.offset - at;
  }
  return logical;
}

/** Entries of one MBR or extended boot record; offsets count from `base`. */
async function parseMbr(table: Buffer, base: number): Promise<Entry[]> {
  const slots = mbrTypes(table).flatMap((type, index) => (type === 0 ? [] : [{ type, number: index + 1 }]));
  const { partitions } = await parse(table, false);
  if (partitions.length !== slots.length) throw unsupported('The partition table cannot be read.');
  return partitions.map((partition, index) => ({
    number: slots[index]?.number ?? 0,
    offset: base + partition.offset,
    length: partition.size,
    extended: EXTENDED_TYPES.has(slots[index]?.type ?? 0),
  }));
}

async function readGpt(source: BlockSource): Promise<Entry[]> {
  if (source.size < GPT_LENGTH) throw unsupported('The image ends within its partition table.');
  const table = Buffer.alloc(GPT_LENGTH);
  source.read(table, 0);
  table.fill(0, 0, BOOT_CODE_LENGTH);
  const header = table.subarray(SECTOR, 2 * SECTOR);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') {
    throw unsupported(
      'The partition table (GPT) of the image is missing or not made for sectors of 512 bytes.',
    );
  }
  const headerSize = header.readUInt32LE(12);
  const entryCount = header.readUInt32LE(80);
  const entrySize = header.readUInt32LE(84);
  const usual = headerSize >= 92 && headerSize <= SECTOR && entrySize === 128 && entryCount <= 128;
  if (!usual || header.readBigUInt64LE(24) !== 1n || header.readBigUInt64LE(72) !== 2n) {
    throw unsupported('The partition table (GPT) of the image has an unusual shape.');
  }
  const entries = table.subarray(2 * SECTOR, 2 * SECTOR + entryCount * entrySize);
  const summed = Buffer.from(header.subarray(0, headerSize));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== header.readUInt32LE(16) || crc32(entries) !== header.readUInt32LE(88)) {
    throw unsupported('The partition table (GPT) of the image is damaged: its checksum is wrong.');
  }
  const numbers = Array.from({ length: entryCount }, (_, index) => index + 1).filter((number) =>
    entries.subarray((number - 1) * entrySize, (number - 1) * entrySize + 16).some((byte) => byte !== 0),
  );
  const { partitions } = await parse(table, true);
  if (partitions.length !== numbers.length) throw unsupported('The partition table cannot be read.');
  return partitions.map((partition, index) => ({
    number: numbers[index] ?? 0,
    offset: partition.offset,
    length: partition.size,
    extended: false,
  }));
}

async function parse(table: Buffer, gpt: boolean) {
  try {
    const found = await getPartitions(table, { offset: 0, includeExtended: true, getLogical: false });
    if ((found.type === 'gpt') !== gpt) throw unsupported('The partition table cannot be read.');
    return found;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unsupported('The image has no partition table.', error);
  }
}

/**
 * A sector with a table, without its boot code: the parser takes some boot code for signs of formats of the 1980s
 * with other entries.
 */
function readTable(source: BlockSource, offset: number): Buffer {
  const table = Buffer.alloc(SECTOR);
  source.read(table, offset);
  table.fill(0, 0, BOOT_CODE_LENGTH);
  return table;
}

function mbrTypes(table: Buffer): number[] {
  return [0, 1, 2, 3].map((slot) => table.readUInt8(BOOT_CODE_LENGTH + slot * 16 + 4));
}

/** No entry may be empty, reach over the end or share a byte with another; logical ones lie in their container. */
function mustBeSane(entries: readonly Entry[], size: number): void {
  for (const { number, offset, length } of entries) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < SECTOR || length <= 0) {
      throw unsupported(`Partition ${number} of the image has no sensible place.`);
    }
    if (offset + length > size) {
      throw unsupported(`Partition ${number} reaches beyond the end of the image; the file may be cut off.`);
    }
  }
  for (const group of [
    entries.filter((entry) => entry.number < 5),
    entries.filter((entry) => !entry.extended),
  ]) {
    const sorted = group.toSorted((a, b) => a.offset - b.offset);
    for (const [index, entry] of sorted.entries()) {
      const next = sorted[index + 1];
      if (next && entry.offset + entry.length > next.offset) {
        throw unsupported(`Partitions ${entry.number} and ${next.number} of the image overlap.`);
      }
    }
  }
}

function unsupported(what: string, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_LAYOUT_UNSUPPORTED',
    {
      what,
      state: 'Nothing was written.',
      next: 'Use an image of a whole card or drive, with an MBR or GPT partition table.',
    },
    { cause },
  );
}
