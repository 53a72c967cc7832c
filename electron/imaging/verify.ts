import type { VerifiedRange } from '../../shared/schemas/card.ts';
import type { ByteRange } from './block-source.ts';
import type { BlockTarget } from './block-target.ts';
import type { CardImage } from './card-image.ts';

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
  readonly signal?: AbortSignal;
  /** Bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads the target's ranges back, compares them with the final content and answers the digests of what was read.
 * Ranges are 64 MiB at most and split where changes begin and end: unchanged ones get `sha256:`, changed ones the
 * keyed digest, because a plain digest of a secret can be guessed. VERIFY_MISMATCH names the first offset that differs;
 * CANCELLED.
 */
export function verifyRanges(_options: VerifyRangesOptions): Promise<VerifiedRange[]> {
  throw new Error('not built yet');
}

export interface VerifyAgainstDigestsOptions {
  readonly target: BlockTarget;
  /** From a receipt: sorted, disjoint. */
  readonly ranges: readonly VerifiedRange[];
  readonly keyedHash: () => Promise<KeyedHash>;
  readonly signal?: AbortSignal;
  /** Bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DigestComparison {
  readonly verifiedBytes: number;
  /** Ranges whose digest is another one now; a range beyond the target's end is one of them. */
  readonly mismatches: ByteRange[];
}

/** Compares a target with the digests of a receipt, without the image. Differences are an answer, not a Problem; CANCELLED. */
export function verifyAgainstDigests(_options: VerifyAgainstDigestsOptions): Promise<DigestComparison> {
  throw new Error('not built yet');
}
