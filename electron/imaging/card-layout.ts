import type { ByteRange } from './block-source.ts';
import { subtractRanges } from './byte-ranges.ts';

/** Partition table and boot code lie in it on every board, and partitions begin after it; erased first, written last. */
export const HEAD_SIZE = 2 ** 20;
/** The MBR and the GPT's header: without them nothing boots, and a drive writes them as one. */
export const TABLE_SIZE = 4096;
/** Where the backup GPT lies: 33 sectors of 512 bytes or 5 of 4096, in whole pages. UEFI Specification 2.10, 5.3.1. */
export const TAIL_SIZE = 5 * 4096;

/**
 * The last pages of a target of this size, where an old backup GPT may lie, as far as nothing of the card is put there:
 * `written` is sorted and disjoint.
 */
export function tailRanges(size: number, written: readonly ByteRange[]): ByteRange[] {
  const offset = Math.max(HEAD_SIZE, size - (size % TABLE_SIZE) - TAIL_SIZE);
  return offset < size ? subtractRanges([{ offset, length: size - offset }], written) : [];
}
