import { createHash } from 'node:crypto';
import { cancelled, Problem } from '../../shared/problem.ts';
import type { VerifiedRange } from '../../shared/schemas/card.ts';
import type { ByteRange } from './block-source.ts';
import type { BlockTarget } from './block-target.ts';
import { splitAtEdges, totalLength } from './byte-ranges.ts';
import type { CardImage } from './card-image.ts';

const CHUNK_SIZE = 4 * 2 ** 20;
/** So that a difference, found again from a receipt alone, is found within 64 MiB. */
export const LARGEST_VERIFIED_RANGE = 64 * 2 ** 20;
const READING_CHANGED_NOTHING = 'Reading back changed nothing; what is on the target is not proven.';

/** A streaming hash whose digest says what it is, as `hmac-sha256:<hex>`. */
export interface KeyedHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

export interface VerifyRangesOptions {
  /** The final content, base ⊕ delta, that the target must hold. */
  readonly image: Pick<CardImage, 'size' | 'read' | 'changed'>;
  /** Sorted, disjoint. */
  readonly mapped: readonly ByteRange[];
  readonly target: BlockTarget;
  readonly keyedHash: () => Promise<KeyedHash>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Reads the target's ranges back, compares them with the final content and answers the digests of what was read.
 * Ranges are 64 MiB at most and split where changes begin and end: unchanged ones get `sha256:`, changed ones the
 * keyed digest, because a plain digest of a secret can be guessed. VERIFY_MISMATCH names the first offset that differs;
 * CANCELLED.
 */
export async function verifyRanges(options: VerifyRangesOptions): Promise<VerifiedRange[]> {
  const { image, target, signal } = options;
  const total = totalLength(options.mapped);
  const expected = new Uint8Array(CHUNK_SIZE);
  const verified: VerifiedRange[] = [];
  let done = 0;
  await target.dropCache();
  for (const { range, inside } of splitAtEdges(options.mapped, image.changed())) {
    for (const piece of cut(range, LARGEST_VERIFIED_RANGE)) {
      const hash = await hashFor(inside, options.keyedHash);
      for await (const { bytes, offset } of readBack(target, piece, signal)) {
        const wanted = expected.subarray(0, bytes.length);
        image.read(wanted, offset);
        if (Buffer.compare(bytes, wanted) !== 0) throw mismatch(offset + firstDifference(bytes, wanted));
        hash.update(bytes);
        done += bytes.length;
        options.onProgress?.(done, total);
      }
      verified.push({ ...piece, digest: hash.digest() });
    }
  }
  return verified;
}

export interface VerifyAgainstDigestsOptions {
  readonly target: BlockTarget;
  /** From a receipt: sorted, disjoint. */
  readonly ranges: readonly VerifiedRange[];
  readonly keyedHash: () => Promise<KeyedHash>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface DigestComparison {
  readonly verifiedBytes: number;
  /** Ranges whose digest is another one now; a range beyond the target's end is one of them. */
  readonly mismatches: ByteRange[];
}

/** Compares a target with the digests of a receipt, without the image. Differences are an answer, not a Problem; CANCELLED. */
export async function verifyAgainstDigests(options: VerifyAgainstDigestsOptions): Promise<DigestComparison> {
  const { target, ranges, signal } = options;
  const total = totalLength(ranges);
  const mismatches: ByteRange[] = [];
  let verifiedBytes = 0;
  let done = 0;
  await target.dropCache();
  for (const { offset, length, digest } of ranges) {
    if (offset + length > target.size) {
      mismatches.push({ offset, length });
      done += length;
      continue;
    }
    const hash = await hashFor(!digest.startsWith('sha256:'), options.keyedHash);
    for await (const { bytes } of readBack(target, { offset, length }, signal)) {
      hash.update(bytes);
      done += bytes.length;
      options.onProgress?.(done, total);
    }
    if (hash.digest() === digest) verifiedBytes += length;
    else mismatches.push({ offset, length });
  }
  return { verifiedBytes, mismatches };
}

/** Reads a range in chunks of 4 MiB, the next one while the last one is looked at; a chunk is valid until the next. */
async function* readBack(target: BlockTarget, range: ByteRange, signal: AbortSignal | undefined) {
  const buffers = [new Uint8Array(Math.min(CHUNK_SIZE, range.length)), new Uint8Array(0)];
  if (range.length > CHUNK_SIZE) buffers[1] = new Uint8Array(CHUNK_SIZE);
  const chunks = cut(range, CHUNK_SIZE);
  const start = (index: number) => {
    const chunk = chunks[index];
    if (!chunk) return undefined;
    const bytes = (buffers[index % 2] ?? new Uint8Array(0)).subarray(0, chunk.length);
    const read = target.read(bytes, chunk.offset);
    // It is awaited in its turn; until then a failure is nobody's surprise.
    read.catch(() => undefined);
    return { read, bytes, offset: chunk.offset };
  };
  let running = start(0);
  try {
    for (let index = 1; running; index += 1) {
      if (signal?.aborted) throw cancelled(READING_CHANGED_NOTHING);
      const { read, bytes, offset } = running;
      await read;
      running = start(index);
      yield { bytes, offset };
    }
  } finally {
    // Whoever stops early closes the target next; a read must not still be under way then.
    await running?.read.catch(() => undefined);
  }
}

function cut(range: ByteRange, most: number): ByteRange[] {
  return Array.from({ length: Math.ceil(range.length / most) }, (_, index) => ({
    offset: range.offset + index * most,
    length: Math.min(most, range.length - index * most),
  }));
}

async function hashFor(keyed: boolean, keyedHash: () => Promise<KeyedHash>): Promise<KeyedHash> {
  if (keyed) return await keyedHash();
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => `sha256:${hash.digest('hex')}` };
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  return left.findIndex((byte, index) => byte !== right[index]);
}

function mismatch(offset: number): Problem {
  return new Problem('VERIFY_MISMATCH', {
    what: `What was read back differs from what was written, first at byte ${offset}.`,
    state: READING_CHANGED_NOTHING,
    next: 'Write it again; if it happens again, use another card or drive.',
  });
}
