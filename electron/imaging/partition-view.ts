import type { BlockSource } from './block-source.ts';
import type { CopyOnWriteOverlay } from './overlay.ts';

/** A partition as a volume of its own, for reading; offsets count from its start. */
export class PartitionView implements BlockSource {
  readonly size: number;
  readonly #source: BlockSource;
  readonly #offset: number;

  constructor(source: BlockSource, place: { offset: number; length: number }) {
    this.#source = source;
    this.#offset = place.offset;
    this.size = place.length;
  }

  read(buffer: Uint8Array, offset: number): void {
    mustLieInside(this.size, offset, buffer.length);
    this.#source.read(buffer, this.#offset + offset);
  }
}

/** The same, for changing it. */
export class WritablePartitionView extends PartitionView {
  readonly #overlay: CopyOnWriteOverlay;
  readonly #start: number;

  constructor(overlay: CopyOnWriteOverlay, place: { offset: number; length: number }) {
    super(overlay, place);
    this.#overlay = overlay;
    this.#start = place.offset;
  }

  write(bytes: Uint8Array, offset: number): void {
    mustLieInside(this.size, offset, bytes.length);
    this.#overlay.write(bytes, this.#start + offset);
  }
}

/** A file system that is damaged on purpose may point anywhere; it gets no further than its own partition. */
function mustLieInside(size: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size) {
    throw new RangeError(`${length} bytes at ${offset} do not lie in a partition of ${size} bytes`);
  }
}
