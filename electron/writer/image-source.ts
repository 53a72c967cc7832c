import { SourceDestination } from 'etcher-sdk/build/source-destination/source-destination.js';
import { SparseReadStream } from 'etcher-sdk/build/sparse-stream/sparse-read-stream.js';
import type { BlockSource, ByteRange } from '../imaging/block-source.ts';
import type { DeviceLimits } from './device-limits.ts';

/**
 * The card as etcher-sdk's pipelines read it: only the ranges that are to be written, raw, each byte either there or an
 * error. A short read of a source passes the SDK's own verification.
 */
export class ImageSource extends SourceDestination {
  readonly #image: BlockSource;
  readonly #ranges: readonly ByteRange[];
  readonly #limits: DeviceLimits;
  readonly #signal: AbortSignal;

  constructor(image: BlockSource, ranges: readonly ByteRange[], limits: DeviceLimits, signal: AbortSignal) {
    super();
    this.#image = image;
    this.#ranges = ranges;
    this.#limits = limits;
    this.#signal = signal;
  }

  override async canRead(): Promise<boolean> {
    return true;
  }

  override async canCreateSparseReadStream(): Promise<boolean> {
    return true;
  }

  /** Lengths reach beyond the image's end by less than a device block at most; there it is zeros. */
  override async read(buffer: Buffer, bufferOffset: number, length: number, sourceOffset: number) {
    this.#signal.throwIfAborted();
    const inside = Math.max(0, Math.min(length, this.#image.size - sourceOffset));
    this.#image.read(buffer.subarray(bufferOffset, bufferOffset + inside), sourceOffset);
    buffer.fill(0, bufferOffset + inside, bufferOffset + length);
    return { bytesRead: length, buffer };
  }

  override async createSparseReadStream(): Promise<SparseReadStream> {
    const { alignment, buffers, requestSize } = this.#limits;
    return new SparseReadStream({
      source: this,
      blocks: this.#ranges.map((range) => ({ blocks: [{ ...range }] })),
      chunkSize: requestSize,
      verify: false,
      generateChecksums: false,
      alignment,
      numBuffers: buffers,
    });
  }
}
