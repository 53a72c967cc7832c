import { createZstdDecompress } from 'node:zlib';
import { imageCorrupt, imageTruncated } from './image-problems.ts';
import { transformed } from './transformed.ts';
import { isFrame, isSkippable, magicBytes, ZstdFrameEnd } from './zstd-frame.ts';

/** Larger ones come from fresh memory every time, which costs more than the calls they save. */
const outputBytes = 256 * 1024;

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
      yield* transformed(decompressor, async (put) => {
        for await (const chunk of oneFrame(rest, file)) if ((await put(chunk)) === 'closed') return;
        decompressor.end();
      });
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
      // A copy: with the next chunk this one's memory is used again.
      const begun = Buffer.from(this.#chunk);
      const next = await this.#input.next();
      this.#chunk = next.done ? begun : begun.length === 0 ? next.value : Buffer.concat([begun, next.value]);
      if (next.done) break;
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
