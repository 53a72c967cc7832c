import type { CardPlan, Target, VerifiedRange } from '../../../shared/schemas/card.ts';
import type { ByteRange } from '../../imaging/block-source.ts';

/**
 * The way to a real drive. Its work is done by another process, the elevated writer, which does not trust this one: it
 * looks at the drive itself, refuses what is not safe to erase, and does one job. The problems of all methods:
 * ELEVATION_REFUSED, ELEVATION_UNAVAILABLE, WRITER_MISSING, WRITER_DIED, DRIVE_NOT_OFFERED, TARGET_CHANGED, TARGET_MISSING,
 * TARGET_IN_USE, DRIVE_FAILED, CANCELLED.
 */
export interface DriveWriter {
  /** Erases the drive of a plan and writes a card onto it. Also TARGET_TOO_SMALL, DRIVE_COUNTERFEIT, VERIFY_MISMATCH, PLAN_CHANGED. */
  burn(job: DriveBurn): Promise<BurnedDrive>;
  /** Reads a drive past the system's cache; changes nothing. */
  read(job: DriveReading): Promise<void>;
}

export interface DriveBurn {
  readonly plan: CardPlan;
  /** SHA-256 of the plan's canonical JSON; the writer computes it again. */
  readonly planDigest: string;
  /** The golden image in the cache; opened here, so that the writer opens no path that it is told. */
  readonly imagePath: string;
  /** The blocks that differ from the golden image: sorted, disjoint. */
  readonly delta: readonly ByteRange[];
  /** What must be at a stretch of the delta; asked for as it is sent, since all of it can be large. */
  readDelta(this: void, offset: number, length: number): Uint8Array;
  /** What must be on the card, in pieces that are proven one by one: sorted, disjoint. */
  readonly pieces: readonly ByteRange[];
  /** Compares what was read back of one piece (SHA-256 in hexadecimal) with what must be there; throws VERIFY_MISMATCH or IMAGE_CORRUPT. */
  accept(piece: ByteRange, sha256: string): Promise<VerifiedRange>;
  readonly signal: AbortSignal;
  /** Awaited when the writer is there and before it changes anything; if it rejects, nothing was. */
  beforeErasing(): Promise<void>;
  /** Awaited when what was on the drive does not boot any more. */
  afterErasing(): Promise<void>;
  /** Awaited when all but the first MiB is proven: from here on the card may boot. If it rejects, it cannot. */
  beforeHead(): Promise<void>;
  /** What is being waited for, in words for the operator: a prompt, a command to run. */
  onWaiting(text: string): void;
  onProgress(progress: { step: 'erase' | 'write' | 'verify'; done: number; total: number }): void;
}

export interface BurnedDrive {
  /** The drive as it is now. */
  readonly target: Target;
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
  readonly ranges: readonly VerifiedRange[];
  /** Whether the system let go of it, so that it can be pulled out. */
  readonly ejected: boolean;
}

export interface DriveReading {
  readonly target: Target;
  /** Sorted, disjoint. A piece with `content` is answered with its bytes, the others with their SHA-256. */
  readonly pieces: readonly (ByteRange & { readonly content: boolean })[];
  readonly signal: AbortSignal;
  onPiece(piece: ByteRange, answer: { sha256: string } | { bytes: Uint8Array }): Promise<void>;
  onWaiting(text: string): void;
  /** Bytes. */
  onProgress(done: number, total: number): void;
}
