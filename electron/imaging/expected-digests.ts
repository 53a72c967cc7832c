import { createHash } from 'node:crypto';
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
 * What SHA-256 a piece of a card must have, base ⊕ delta, without reading the golden image where its digests say it
 * already. What is read of it is checked against them, so that a cached copy that rotted is found out.
 */
export class ExpectedDigests {
  readonly #base: BlockSource;
  readonly #card: Pick<CardImage, 'read' | 'changed'>;
  readonly #changed: readonly ByteRange[];
  readonly #chunks: ImageChunks;
  readonly #checked = new Set<number>();

  constructor(base: BlockSource, card: Pick<CardImage, 'read' | 'changed'>, chunks: ImageChunks) {
    this.#base = base;
    this.#card = card;
    this.#changed = card.changed();
    this.#chunks = chunks;
  }

  /** IMAGE_CORRUPT when the golden image is not what it was. */
  of(piece: ByteRange): string {
    const { chunkSize, digests } = this.#chunks;
    const index = Math.floor(piece.offset / chunkSize);
    const isChunk =
      piece.offset % chunkSize === 0 && piece.length === Math.min(chunkSize, this.#base.size - piece.offset);
    const digest = digests[index];
    if (isChunk && digest !== undefined && !this.isChanged(piece)) return digest;
    this.checkBase(piece);
    const bytes = Buffer.alloc(piece.length);
    this.#card.read(bytes, piece.offset);
    return sha256(bytes);
  }

  /** Whether anything of the piece is not the golden image's. */
  isChanged(piece: ByteRange): boolean {
    return intersectRanges([piece], this.#changed).length > 0;
  }

  /** Reads the chunks of the golden image that a piece lies in, each once. IMAGE_CORRUPT. */
  checkBase({ offset, length }: ByteRange): void {
    const { chunkSize, digests } = this.#chunks;
    for (let index = Math.floor(offset / chunkSize); index * chunkSize < offset + length; index += 1) {
      if (this.#checked.has(index)) continue;
      const start = index * chunkSize;
      const bytes = Buffer.alloc(Math.min(chunkSize, this.#base.size - start));
      this.#base.read(bytes, start);
      if (sha256(bytes) !== digests[index]) throw corrupt(start);
      this.#checked.add(index);
    }
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
