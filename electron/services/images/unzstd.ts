import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { imageCorrupt, imageTruncated } from './image-problems.ts';
import { streamBytes } from './stream-bytes.ts';
import { isFrame, isSkippable, magicBytes, ZstdFrameEnd } from './zstd-frame.ts';

const outputBytes = 1024 * 1024;

/**
 * All frames of a .zst file. Node's decompressor (24.21) drops whatever follows the first frame without a word, so the
 * file is cut into its frames here, by RFC 8878's headers, and each frame decompressed by itself.
 */
export async function* unzstd(
  input: AsyncGenerator<Buffer, void>,
  file: string,
): AsyncGenerator<Uint8Array, void> {
  const rest = new Rest(input);
  for (;;) {
    const start = await rest.peek(magicBytes);
    if (start.length === 0) return;
    if (start.length < magicBytes) throw truncated(file);
    if (isFrame(start)) {
      const decompressor = createZstdDecompress({ chunkSize: outputBytes });
      // The error reaches the loop below, since the pipeline destroys the decompressor with it.
      pipeline(Readable.from(oneFrame(rest, file)), decompressor, () => undefined);
      yield* streamBytes(decompressor);
    } else if (isSkippable(start)) {
      for await (const _ of oneFrame(rest, file));
    } else {
      throw imageCorrupt(file, 'something else follows the compressed data');
    }
  }
}

/** One frame as it stands in the file, in pieces as they come. */
async function* oneFrame(rest: Rest, file: string): AsyncGenerator<Buffer, void> {
  const end = new ZstdFrameEnd();
  while (!end.reached) {
    const chunk = await rest.take();
    if (chunk === undefined) throw truncated(file);
    const length = end.within(chunk);
    if (length === 'damaged') throw imageCorrupt(file, 'its compressed data does not check');
    rest.putBack(chunk.subarray(length));
    if (length > 0) yield chunk.subarray(0, length);
  }
}

function truncated(file: string): Error {
  return imageTruncated(file, 'its compressed data ends too early');
}

/** What was not taken yet of a stream of chunks. */
class Rest {
  readonly #input: AsyncGenerator<Buffer, void>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(input: AsyncGenerator<Buffer, void>) {
    this.#input = input;
  }

  /** The first `length` bytes, or fewer where the stream ends; they stay. */
  async peek(length: number): Promise<Buffer> {
    while (this.#chunk.length < length) {
      const next = await this.#input.next();
      if (next.done) break;
      this.#chunk = this.#chunk.length === 0 ? next.value : Buffer.concat([this.#chunk, next.value]);
    }
    return this.#chunk.subarray(0, length);
  }

  /** Whatever comes next, as much as there is at hand; `undefined` where the stream ends. */
  async take(): Promise<Buffer | undefined> {
    const chunk = this.#chunk;
    this.#chunk = Buffer.alloc(0);
    if (chunk.length > 0) return chunk;
    const next = await this.#input.next();
    return next.done ? undefined : next.value;
  }

  putBack(chunk: Buffer): void {
    this.#chunk = chunk;
  }
}
