import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../electron/imaging/block-source.ts';
import { cardPieces, ExpectedDigests } from '../../../electron/imaging/expected-digests.ts';
import { CopyOnWriteOverlay } from '../../../electron/imaging/overlay.ts';

const MiB = 2 ** 20;
const chunkSize = 4 * MiB;
const size = 11 * MiB;
const never = new AbortController().signal;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function setUp(rot: (image: Buffer) => void = () => undefined) {
  const image = randomBytes(size);
  const digests = [0, 1, 2].map((index) =>
    sha256(image.subarray(index * chunkSize, (index + 1) * chunkSize)),
  );
  rot(image);
  const base = {
    size,
    reads: [] as number[],
    read(buffer: Uint8Array, offset: number) {
      this.reads.push(offset);
      buffer.set(image.subarray(offset, offset + buffer.length));
    },
  };
  const card = new CopyOnWriteOverlay(base, MiB);
  card.write(randomBytes(4096), 5 * MiB);
  base.reads.length = 0;
  const content = (piece: ByteRange) => {
    const bytes = Buffer.alloc(piece.length);
    card.read(bytes, piece.offset);
    return bytes;
  };
  return { base, card, content, chunks: { chunkSize, digests } };
}

describe('the pieces of a card', () => {
  it('cover what is mapped, without gaps, and cross neither chunks, nor changes, nor the head', () => {
    const mapped = [
      { offset: 0, length: 6 * MiB },
      { offset: 7 * MiB, length: 3 * MiB },
    ];
    const pieces = cardPieces(mapped, [{ offset: 5 * MiB, length: 4096 }], chunkSize);
    expect(pieces.map(({ offset, length }) => [offset, offset + length])).toEqual([
      [0, MiB],
      [MiB, 4 * MiB],
      [4 * MiB, 5 * MiB],
      [5 * MiB, 5 * MiB + 4096],
      [5 * MiB + 4096, 6 * MiB],
      [7 * MiB, 8 * MiB],
      [8 * MiB, 10 * MiB],
    ]);
  });
});

describe('what a card must be', () => {
  it('is base ⊕ delta, in every piece', async () => {
    const { base, card, chunks, content } = setUp();
    const pieces = cardPieces([{ offset: 0, length: size }], card.changed(), chunkSize);
    const expected = new ExpectedDigests({ base, card, chunks });
    expected.begin(pieces, never);
    for (const piece of pieces) expect(await expected.of(piece)).toBe(sha256(content(piece)));
  });

  it('is known of a whole chunk without reading it', async () => {
    const { base, card, chunks } = setUp();
    const piece = { offset: 8 * MiB, length: 3 * MiB };
    const expected = new ExpectedDigests({ base, card, chunks });
    expected.begin([piece], never);
    expect(await expected.of(piece)).toBe(chunks.digests[2]);
    await expected.settled();
    expect(base.reads).toEqual([]);
  });

  it('is not taken from a golden image that rotted, also beside what is used of it', async () => {
    const { base, card, chunks } = setUp((image) => {
      image[6 * MiB] = (image[6 * MiB] ?? 0) ^ 1;
    });
    const piece = { offset: 4 * MiB, length: MiB };
    const expected = new ExpectedDigests({ base, card, chunks });
    expected.begin([piece], never);
    await expect(expected.of(piece)).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
  });
});
