import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { allocateAligned } from '../../../electron/imaging/aligned-buffer.ts';
import type { CardImage } from './card-image.ts';
import { runTool } from './run-tool.ts';
import { mebibyte } from './settings.ts';
import type { Range } from './used-ranges.ts';

const piece = 4 * mebibyte;
const block = 4096;

/** How many blocks of 4096 bytes of these ranges are not on the device as they are in the image; read directly. */
export async function differingBlocks(
  device: string,
  image: string,
  ranges: readonly Range[],
): Promise<number> {
  const [card, golden] = await Promise.all([openDirect(device), open(image, 'r')]);
  const found = allocateAligned(piece);
  const wanted = Buffer.alloc(piece);
  let different = 0;
  try {
    for (const { offset, length } of split(ranges)) {
      const bytes = await readDirect(card, found, offset, length);
      await golden.read(wanted, 0, length, offset);
      const expected = wanted.subarray(0, length);
      if (bytes.equals(expected)) continue;
      for (let at = 0; at < length; at += block) {
        if (!bytes.subarray(at, at + block).equals(expected.subarray(at, at + block))) different += 1;
      }
    }
    return different;
  } finally {
    await Promise.all([card.close(), golden.close()]);
  }
}

/** SHA-256 of a stretch of the device, read directly. */
export async function digestOnDevice(device: string, range: Range): Promise<string> {
  const card = await openDirect(device);
  const buffer = allocateAligned(piece);
  const hash = createHash('sha256');
  try {
    for (const { offset, length } of split([range]))
      hash.update(await readDirect(card, buffer, offset, length));
    return hash.digest('hex');
  } finally {
    await card.close();
  }
}

/** e2fsck and fsck.vfat find nothing to complain of; both only read. */
export async function checkFileSystems(
  device: string,
  { boot, root }: CardImage,
  folder: string,
): Promise<void> {
  const copy = `${folder}/boot.fat`;
  try {
    const stretch = `skip=${boot.offset / mebibyte} count=${boot.size / mebibyte}`;
    await runTool('dd', `if=${device} of=${copy} bs=1M iflag=direct status=none ${stretch}`.split(' '));
    await runTool('fsck.vfat', ['-n', copy]);
  } finally {
    await rm(copy, { force: true });
  }
  await runTool('e2fsck', ['-fn', `${device}?offset=${root.offset}`]);
}

const openDirect = (device: string): Promise<FileHandle> =>
  open(device, constants.O_RDONLY | constants.O_DIRECT);

/** Direct reads start and end at blocks; what is asked for need not. */
async function readDirect(card: FileHandle, buffer: Buffer, offset: number, length: number): Promise<Buffer> {
  const start = Math.floor(offset / block) * block;
  const end = Math.ceil((offset + length) / block) * block;
  const { bytesRead } = await card.read(buffer, 0, end - start, start);
  if (bytesRead < offset + length - start) throw new Error(`Short read at byte ${start}.`);
  return buffer.subarray(offset - start, offset - start + length);
}

/** Into pieces that fit a buffer, with room for what alignment adds. */
function* split(ranges: readonly Range[]): Generator<Range> {
  const most = piece - 2 * block;
  for (const { offset, length } of ranges) {
    for (let done = 0; done < length; done += most) {
      yield { offset: offset + done, length: Math.min(most, length - done) };
    }
  }
}
