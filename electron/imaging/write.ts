import { cancelled, Problem } from '../../shared/problem.ts';
import type { VerifiedRange } from '../../shared/schemas/card.ts';
import type { ByteRange } from './block-source.ts';
import type { BlockTarget } from './block-target.ts';
import { intersectRanges, subtractRanges, totalLength } from './byte-ranges.ts';
import type { CardImage } from './card-image.ts';
import { HEAD_SIZE, tailRanges } from './card-layout.ts';
import { type KeyedHash, verifyRanges } from './verify.ts';

const CHUNK_SIZE = 4 * 2 ** 20;

const UNTOUCHED = 'Nothing was written.';
const INCOMPLETE = 'The target is incomplete; its start is erased, so it cannot boot.';
const UNPROVEN = 'The target was written, but it is not proven; do not use it.';

export interface WriteCardOptions {
  readonly image: Pick<CardImage, 'size' | 'read' | 'changed'>;
  /** What `image.mapped()` answered after the changes: sorted, disjoint. */
  readonly mapped: readonly ByteRange[];
  readonly target: BlockTarget;
  /** Makes the hash for ranges in which an injected file could lie. */
  readonly keyedHash: () => Promise<KeyedHash>;
  readonly signal?: AbortSignal | undefined;
  /** Awaited when all but the first MiB is proven: from here on the card may boot. If it rejects, it cannot. */
  readonly beforeHead?: (() => Promise<void>) | undefined;
  /** Bytes. First `write`, then `verify`; the first MiB, written and read back last, counts with `verify`. */
  readonly onProgress?:
    | ((progress: { step: 'write' | 'verify'; done: number; total: number }) => void)
    | undefined;
}

export interface WrittenCard {
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
  /** What was written and read back, with digests of what was read; sorted, disjoint. */
  readonly ranges: VerifiedRange[];
}

/**
 * Writes the mapped ranges of an image and proves them by reading back. What makes the card boot, its first MiB, is
 * erased first and written last, so a card that was cut off cannot start half a system; an old backup partition table
 * at the target's end is erased with it.
 *
 * TARGET_TOO_SMALL (nothing touched), TARGET_FULL, TARGET_UNWRITABLE, VERIFY_MISMATCH, CANCELLED.
 */
export async function writeCard(options: WriteCardOptions): Promise<WrittenCard> {
  const { image, target, mapped, signal, onProgress } = options;
  if (image.size > target.size) {
    throw new Problem('TARGET_TOO_SMALL', {
      what: `The image needs ${image.size} bytes; the target has ${target.size}.`,
      state: UNTOUCHED,
      next: 'Use a larger card or drive.',
    });
  }
  const head = intersectRanges(mapped, [{ offset: 0, length: HEAD_SIZE }]);
  const body = subtractRanges(mapped, [{ offset: 0, length: HEAD_SIZE }]);
  const erased = tailRanges(target.size, mapped);
  const total = totalLength(mapped);
  const bodyTotal = totalLength(body);
  const verify = (ranges: readonly ByteRange[], before: number) =>
    verifyRanges({
      image,
      mapped: ranges,
      target,
      keyedHash: options.keyedHash,
      signal,
      onProgress: (done) => onProgress?.({ step: 'verify', done: before + done, total }),
    });

  let state = UNTOUCHED;
  try {
    stopIfAborted(signal, state);
    state = INCOMPLETE;
    for (const range of [{ offset: 0, length: Math.min(HEAD_SIZE, target.size) }, ...erased]) {
      await target.write(new Uint8Array(range.length), range.offset);
    }
    await target.flush();
    await writeRanges(image, body, target, signal, (done) =>
      onProgress?.({ step: 'write', done, total: bodyTotal }),
    );
    await target.flush();
    const bodyRanges = await verify(body, 0);
    for (const range of erased) await mustBeZeros(target, range);
    stopIfAborted(signal, state);
    await options.beforeHead?.();
    state = UNPROVEN;
    await writeRanges(image, head, target, undefined, () => undefined);
    await target.flush();
    const headRanges = await verify(head, bodyTotal);
    return { writtenBytes: total, verifiedBytes: total, ranges: [...headRanges, ...bodyRanges] };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, { ...error.data, state }, { cause: error });
  }
}

/** Large writes, the next chunk read while the last one is written. */
async function writeRanges(
  image: Pick<CardImage, 'read'>,
  ranges: readonly ByteRange[],
  target: BlockTarget,
  signal: AbortSignal | undefined,
  onProgress: (done: number) => void,
): Promise<void> {
  const buffers = [new Uint8Array(CHUNK_SIZE), new Uint8Array(CHUNK_SIZE)];
  let done = 0;
  let turn = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for (const range of ranges) {
      const end = range.offset + range.length;
      for (let offset = range.offset; offset < end; ) {
        stopIfAborted(signal, UNTOUCHED);
        // Chunks end on multiples of their size, so that all but a range's first and last are aligned.
        const length = Math.min(end - offset, CHUNK_SIZE - (offset % CHUNK_SIZE));
        const chunk = (buffers[turn % 2] ?? new Uint8Array(CHUNK_SIZE)).subarray(0, length);
        turn += 1;
        image.read(chunk, offset);
        await writing;
        writing = target.write(chunk, offset);
        // It is awaited in the next round; until then a failure is nobody's surprise.
        writing.catch(() => undefined);
        offset += length;
        done += length;
        onProgress(done);
      }
    }
  } finally {
    // On every way out, so that nothing is still being written when the target is closed.
    await writing;
  }
}

async function mustBeZeros(target: BlockTarget, range: ByteRange): Promise<void> {
  const bytes = new Uint8Array(range.length);
  await target.read(bytes, range.offset);
  const wrong = bytes.findIndex((byte) => byte !== 0);
  if (wrong === -1) return;
  throw new Problem('VERIFY_MISMATCH', {
    what: `The target's end was erased, but byte ${range.offset + wrong} reads back as something else.`,
    state: INCOMPLETE,
    next: 'Write it again; if it happens again, use another card or drive.',
  });
}

function stopIfAborted(signal: AbortSignal | undefined, state: string): void {
  if (signal?.aborted) throw cancelled(state);
}
