import type { CardPlan } from '../../../shared/schemas/card.ts';
import type { ByteRange } from '../../imaging/block-source.ts';
import { totalLength } from './block-cells.ts';

/** All but changes and ranges: names, digests, a path of 4 KiB at most. */
const frameBytes = 64 * 2 ** 10;
/** One range as JSON: two numbers, a digest, their names and indentation. */
const rangeBytes = 256;
/** What is proven in one piece: as much as a chunk of a golden image on a drive, more in a file. */
const smallestPiece = 4 << 20;
/** Indentation and escapes, against compact JSON. */
const changesFactor = 4;

/** Bytes that a receipt of this plan takes at most, before its ranges are known. `mapped` and `changed` as of the image. */
export function receiptSize(
  plan: Pick<CardPlan, 'changes'>,
  mapped: readonly ByteRange[],
  changed: readonly ByteRange[],
): number {
  // Each mapped range is one, cut where changes begin and end, at the end of the head, and where it grows too long.
  const ranges = 2 * mapped.length + 2 * changed.length + 1 + Math.ceil(totalLength(mapped) / smallestPiece);
  return frameBytes + changesFactor * Buffer.byteLength(JSON.stringify(plan.changes)) + rangeBytes * ranges;
}
