import type { ByteRange } from './block-source.ts';
import type { Ext2Disk } from './ext2fs-instance.ts';
import { type PartitionView, WritablePartitionView } from './partition-view.ts';

/** A partition as the disk libext2fs works on. */
export class Ext4Disk implements Ext2Disk {
  /** The first thing that went wrong below; libext2fs itself only ever says "I/O error". */
  failure: unknown = undefined;
  readonly #view: PartitionView;
  #discards: ByteRange[] | undefined;

  constructor(view: PartitionView) {
    this.#view = view;
  }

  /** From now on notes what is discarded; the answer stops it and says what it was. */
  recordDiscards(): () => ByteRange[] {
    const discards: ByteRange[] = [];
    this.#discards = discards;
    return () => {
      this.#discards = undefined;
      return discards;
    };
  }

  async read(buffer: Buffer, bufferOffset: number, length: number, offset: number): Promise<void> {
    this.#try(() => {
      this.#view.read(buffer.subarray(bufferOffset, bufferOffset + length), offset);
    });
  }

  async write(buffer: Buffer, bufferOffset: number, length: number, offset: number): Promise<void> {
    this.#try(() => {
      if (!(this.#view instanceof WritablePartitionView))
        throw new Error('a volume opened for reading was written');
      this.#view.write(buffer.subarray(bufferOffset, bufferOffset + length), offset);
    });
  }

  async discard(offset: number, length: number): Promise<void> {
    this.#try(() => {
      if (offset < 0 || length < 0 || offset + length > this.#view.size) {
        throw new RangeError(`${length} free bytes at ${offset} do not lie in the partition`);
      }
      this.#discards?.push({ offset, length });
    });
  }

  async flush(): Promise<void> {
    // The overlay is memory; there is nothing below to flush.
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }
}
