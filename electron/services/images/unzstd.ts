import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { imageCorrupt, imageTruncated } from './image-problems.ts';
import { streamBytes } from './stream-bytes.ts';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
/** RFC 8878, section 3.1.1.2.4. */
const largestBlock = 128 * 1024;
const outputBytes = 256 * 1024;

/**
 * All frames of a .zst file. Node's decompressor (24.21) drops whatever follows the first frame without a word, so the
 * file is cut into its frames here, by RFC 8878's headers, and each frame decompressed by itself.
 */
export async function* unzstd(
  input: AsyncGenerator<Buffer, void>,
  file: string,
): AsyncGenerator<Uint8Array, void> {
  const reader = createByteReader(input);
  while (!(await reader.atEnd())) {
    const start = await takeAll(reader, 4, file);
    const magic = start.readUInt32LE(0);
    if (magic === frameMagic) {
      const decompressor = createZstdDecompress({ chunkSize: outputBytes });
      // The error reaches the loop below, since the pipeline destroys the decompressor with it.
      pipeline(Readable.from(frame(reader, start, file)), decompressor, () => undefined);
      yield* streamBytes(decompressor);
    } else if ((magic & 0xfffffff0) === skippableMagic) {
      await skip(reader, (await takeAll(reader, 4, file)).readUInt32LE(0), file);
    } else {
      throw imageCorrupt(file, 'something else follows the compressed data');
    }
  }
}

/** One frame as it stands in the file: header, blocks, checksum (RFC 8878, section 3.1.1). */
async function* frame(reader: ByteReader, magic: Buffer, file: string): AsyncGenerator<Buffer, void> {
  const descriptorByte = await takeAll(reader, 1, file);
  const descriptor = descriptorByte.readUInt8(0);
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = singleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  yield Buffer.concat([
    magic,
    descriptorByte,
    await takeAll(reader, windowBytes + dictionaryBytes + contentSizeBytes, file),
  ]);
  for (let last = false; !last; ) {
    const header = await takeAll(reader, 3, file);
    const value = header.readUIntLE(0, 3);
    last = (value & 1) === 1;
    const size = value >> 3;
    if (size > largestBlock) throw imageCorrupt(file, 'its compressed data does not check');
    const isRun = ((value >> 1) & 3) === 1;
    yield Buffer.concat([header, await takeAll(reader, isRun ? 1 : size, file)]);
  }
  if ((descriptor & 0x04) !== 0) yield await takeAll(reader, 4, file);
}

async function takeAll(reader: ByteReader, length: number, file: string): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw imageTruncated(file, 'its compressed data ends too early');
  return bytes;
}

async function skip(reader: ByteReader, length: number, file: string): Promise<void> {
  for (let left = length; left > 0; )
    left -= (await takeAll(reader, Math.min(left, largestBlock), file)).length;
}
