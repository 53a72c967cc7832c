import type { VerifiedRange } from '../../shared/schemas/card.ts';
import type { ByteRange } from './block-source.ts';
import type { BlockTarget } from './block-target.ts';
import type { CardImage } from './card-image.ts';
import type { KeyedHash } from './verify.ts';

export interface WriteCardOptions {
  readonly image: Pick<CardImage, 'size' | 'read' | 'changed'>;
  /** What `image.mapped()` answered after the changes: sorted, disjoint. */
  readonly mapped: readonly ByteRange[];
  readonly target: BlockTarget;
  /** Makes the hash for ranges in which an injected file could lie. */
  readonly keyedHash: () => Promise<KeyedHash>;
  readonly signal?: AbortSignal;
  /** Bytes; `write` and `verify` each run from 0 to their own total. */
  readonly onProgress?: (progress: { step: 'write' | 'verify'; done: number; total: number }) => void;
}

export interface WrittenCard {
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
  /** What was written and read back, with digests of what was read; sorted, disjoint. */
  readonly ranges: VerifiedRange[];
}

/**
 * Writes the mapped ranges of an image and proves them by reading back. What makes the card boot, its first MiB, is
 * erased first and written last, so a card that was cut off cannot start half a system.
 *
 * TARGET_TOO_SMALL (nothing touched), TARGET_FULL, TARGET_UNWRITABLE, VERIFY_MISMATCH, CANCELLED.
 */
export function writeCard(_options: WriteCardOptions): Promise<WrittenCard> {
  throw new Error('not built yet');
}
