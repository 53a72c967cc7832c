import { Problem } from '../../shared/problem.ts';
import type { BlockSource, ByteRange } from './block-source.ts';
import { joinRanges } from './byte-ranges.ts';

/** Bytes per block of the delta, and the grain of `changed()`. */
export const OVERLAY_BLOCK_SIZE = 4096;

/**
 * Changes over a source that is never written: base ⊕ delta. The delta is held in memory in blocks of 4 KiB; writing
 * what is there already is no change. Synchronous, because the FAT adapter calls back synchronously.
 */
export class CopyOnWriteOverlay implements BlockSource {
  readonly size: number;
  readonly #base: BlockSource;
  readonly #limitBytes: number;
  readonly #blocks = new Map<number, Uint8Array>();
  /** One block of zeros for all erased ones: an erased disk takes no memory. */
  readonly #zeros = new Uint8Array(OVERLAY_BLOCK_SIZE);
  #heldBlocks = 0;

  constructor(base: BlockSource, limitBytes: number) {
    this.#base = base;
    this.size = base.size;
    this.#limitBytes = limitBytes;
  }

  read(buffer: Uint8Array, offset: number): void {
    this.#mustLieInside(offset, buffer.length);
    let position = 0;
    while (position < buffer.length) {
      const at = offset + position;
      const inBlock = at % OVERLAY_BLOCK_SIZE;
      const held = this.#blocks.get((at - inBlock) / OVERLAY_BLOCK_SIZE);
      if (held) {
        const length = Math.min(OVERLAY_BLOCK_SIZE - inBlock, buffer.length - position);
        buffer.set(held.subarray(inBlock, inBlock + length), position);
        position += length;
      } else {
        const length = this.#lengthFromBase(at, buffer.length - position);
        this.#base.read(buffer.subarray(position, position + length), at);
        position += length;
      }
    }
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#mustLieInside(offset, bytes.length);
    const present = new Uint8Array(OVERLAY_BLOCK_SIZE);
    for (const { number, inBlock, from, length } of this.#pieces(offset, bytes.length)) {
      const part = bytes.subarray(from, from + length);
      const there = present.subarray(0, length);
      this.read(there, offset + from);
      if (Buffer.compare(part, there) !== 0) this.#ownedBlock(number).set(part, inBlock);
    }
  }

  /** Makes a stretch zeros. */
  erase(offset: number, length: number): void {
    this.#mustLieInside(offset, length);
    for (const piece of this.#pieces(offset, length)) {
      const whole = Math.min(OVERLAY_BLOCK_SIZE, this.size - piece.number * OVERLAY_BLOCK_SIZE);
      if (piece.length === whole) this.#replace(piece.number, this.#zeros);
      else this.write(this.#zeros.subarray(0, piece.length), offset + piece.from);
    }
  }

  /** Takes over the blocks of a delta that was made over this one; that one is not to be used afterwards. */
  absorb(delta: CopyOnWriteOverlay): void {
    for (const [number, block] of delta.#blocks) {
      this.#replace(number, block === delta.#zeros ? this.#zeros : block);
    }
  }

  /** The blocks that were written with something new: sorted, disjoint, in multiples of 4 KiB but for the end. */
  changed(): ByteRange[] {
    return joinRanges(
      [...this.#blocks.keys()].map((number) => {
        const offset = number * OVERLAY_BLOCK_SIZE;
        return { offset, length: Math.min(OVERLAY_BLOCK_SIZE, this.size - offset) };
      }),
    );
  }

  /** How far from `at` on the base has the say, in bytes, `most` at most. */
  #lengthFromBase(at: number, most: number): number {
    if (this.#blocks.size === 0) return most;
    let end = at - (at % OVERLAY_BLOCK_SIZE) + OVERLAY_BLOCK_SIZE;
    while (end < at + most && !this.#blocks.has(end / OVERLAY_BLOCK_SIZE)) end += OVERLAY_BLOCK_SIZE;
    return Math.min(end - at, most);
  }

  #ownedBlock(number: number): Uint8Array {
    const held = this.#blocks.get(number);
    if (held && held !== this.#zeros) return held;
    const block = new Uint8Array(OVERLAY_BLOCK_SIZE);
    if (!held) {
      const offset = number * OVERLAY_BLOCK_SIZE;
      this.#base.read(block.subarray(0, Math.min(OVERLAY_BLOCK_SIZE, this.size - offset)), offset);
    }
    this.#replace(number, block);
    return block;
  }

  #replace(number: number, block: Uint8Array): void {
    const held = this.#blocks.get(number);
    const holds = held !== undefined && held !== this.#zeros ? 1 : 0;
    const willHold = block === this.#zeros ? 0 : 1;
    if (willHold > holds && (this.#heldBlocks + 1) * OVERLAY_BLOCK_SIZE > this.#limitBytes) {
      throw new Problem('INJECTION_TOO_LARGE', {
        what: `The changes to the image take more than ${Math.floor(this.#limitBytes / 2 ** 20)} MiB.`,
        state: 'Nothing was written.',
        next: 'Put large files into the golden image and inject only what differs between nodes.',
      });
    }
    this.#heldBlocks += willHold - holds;
    this.#blocks.set(number, block);
  }

  *#pieces(offset: number, length: number) {
    for (let from = 0; from < length; ) {
      const inBlock = (offset + from) % OVERLAY_BLOCK_SIZE;
      const number = (offset + from - inBlock) / OVERLAY_BLOCK_SIZE;
      const part = Math.min(OVERLAY_BLOCK_SIZE - inBlock, length - from);
      yield { number, inBlock, from, length: part };
      from += part;
    }
  }

  #mustLieInside(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > this.size) {
      throw new RangeError(`${length} bytes at ${offset} do not lie in an image of ${this.size} bytes`);
    }
  }
}
