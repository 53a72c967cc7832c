import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Problem } from '../../shared/problem.ts';
import type { BlockSource, ByteRange } from './block-source.ts';
import { intersectRanges, splitAtEdges } from './byte-ranges.ts';
import { HEAD_SIZE } from './card-layout.ts';
import type { CardImage } from './card-image.ts';

/** SHA-256 of each stretch of `chunkSize` bytes of a golden image, in lower-case hexadecimal, from when it was checked. */
export interface ImageChunks {
  readonly chunkSize: number;
  readonly digests: readonly string[];
}

/**
 * Cuts what must be on a card into pieces that are proven one by one: along the chunks of the golden image, whose digests
 * are known, where changes begin and end, and at the end of the head, which is written last. Sorted, disjoint.
 */
export function cardPieces(
  mapped: readonly ByteRange[],
  changed: readonly ByteRange[],
  chunkSize: number,
): ByteRange[] {
  return splitAtEdges(mapped, changed)
    .flatMap(({ range }) => splitAtEdges([range], [{ offset: 0, length: HEAD_SIZE }]))
    .flatMap(({ range }) => cutAtMultiples(range, chunkSize));
}

/**
 * What SHA-256 each piece of a card must have, base ⊕ delta. A piece that is a whole unchanged chunk of the golden image
 * has the digest that is known of it; the others are read and computed in the background, while the card is written. What
 * is read of the golden image is checked, so that a cached copy that rotted is found out.
 */
export class ExpectedDigests {
  readonly #base: BlockSource;
  readonly #card: Pick<CardImage, 'read'>;
  readonly #changed: readonly ByteRange[];
  readonly #chunks: ImageChunks;
  readonly #buffer: Buffer;
  /** By the offset of the piece. */
  readonly #computed = new Map<number, string>();
  #done: Promise<void> = Promise.resolve();

  constructor(options: {
    base: BlockSource;
    card: Pick<CardImage, 'read' | 'changed'>;
    chunks: ImageChunks;
  }) {
    this.#base = options.base;
    this.#card = options.card;
    this.#changed = options.card.changed();
    this.#chunks = options.chunks;
    this.#buffer = Buffer.alloc(options.chunks.chunkSize);
  }

  /** From now on what is not known yet of these pieces, as {@link cardPieces} cut them, is computed; once, before `of`. */
  begin(pieces: readonly ByteRange[], signal: AbortSignal): void {
    this.#done = this.#compute(pieces, signal);
    // Whoever asks for a digest hears of a failure.
    this.#done.catch(() => undefined);
  }

  /** IMAGE_CORRUPT when the golden image is not what it was. */
  async of(piece: ByteRange): Promise<string> {
    if (this.#isWholeChunk(piece)) return this.#chunkDigest(piece.offset);
    await this.#done;
    const digest = this.#computed.get(piece.offset);
    if (digest === undefined) throw new RangeError(`no piece of the card begins at byte ${piece.offset}`);
    return digest;
  }

  /** Whether anything of the piece is not the golden image's. */
  isChanged(piece: ByteRange): boolean {
    return intersectRanges([piece], this.#changed).length > 0;
  }

  /** Reads the chunk of the golden image that a piece lies in, and answers where it lies. IMAGE_CORRUPT. */
  checkBase({ offset }: ByteRange): Buffer {
    const start = offset - (offset % this.#chunks.chunkSize);
    const bytes = this.#buffer.subarray(0, Math.min(this.#chunks.chunkSize, this.#base.size - start));
    this.#base.read(bytes, start);
    if (sha256(bytes) !== this.#chunkDigest(start)) throw corrupt(start);
    return bytes;
  }

  /** Resolves when nothing reads the golden image any more. */
  async settled(): Promise<void> {
    await this.#done.catch(() => undefined);
  }

  async #compute(pieces: readonly ByteRange[], signal: AbortSignal): Promise<void> {
    const { chunkSize } = this.#chunks;
    const others = pieces.filter((piece) => !this.#isWholeChunk(piece));
    for (const inChunk of Map.groupBy(others, ({ offset }) => Math.floor(offset / chunkSize)).values()) {
      // A turn for everything else: a chunk takes a few milliseconds.
      await setImmediate();
      if (signal.aborted) return;
      const chunk = this.checkBase(inChunk[0] ?? { offset: 0, length: 0 });
      for (const piece of inChunk) {
        const bytes = chunk.subarray(piece.offset % chunkSize, (piece.offset % chunkSize) + piece.length);
        if (this.isChanged(piece)) this.#card.read(bytes, piece.offset);
        this.#computed.set(piece.offset, sha256(bytes));
      }
    }
  }

  #isWholeChunk(piece: ByteRange): boolean {
    const { chunkSize } = this.#chunks;
    const whole = Math.min(chunkSize, this.#base.size - piece.offset);
    return piece.offset % chunkSize === 0 && piece.length === whole && !this.isChanged(piece);
  }

  #chunkDigest(offset: number): string {
    const digest = this.#chunks.digests[offset / this.#chunks.chunkSize];
    if (digest === undefined) throw new RangeError(`the golden image has no chunk at byte ${offset}`);
    return digest;
  }
}

function cutAtMultiples({ offset, length }: ByteRange, size: number): ByteRange[] {
  const pieces: ByteRange[] = [];
  for (let at = offset; at < offset + length; ) {
    const end = Math.min(offset + length, at - (at % size) + size);
    pieces.push({ offset: at, length: end - at });
    at = end;
  }
  return pieces;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function corrupt(offset: number): Problem {
  return new Problem('IMAGE_CORRUPT', {
    what: `The cached golden image is not what it was when it was stored, near byte ${offset}.`,
    state: 'Nothing was written.',
    next: 'Run `sifaka images verify` to have it read from its file again, and check the disk it is cached on.',
  });
}
