import type { ByteRange } from '../../imaging/block-source.ts';

/** How many slices the picture of a card has. */
export const cellCount = 256;

/** Equal slices of `size` bytes, each the share of it that the ranges cover, 0 to 1 in steps of 0.0001. Ranges are disjoint. */
export function blockCells(size: number, ranges: readonly ByteRange[]): number[] {
  const cells = Array.from({ length: cellCount }, () => 0);
  const cellSize = size / cellCount;
  for (const { offset, length } of ranges) {
    const end = offset + length;
    for (let cell = Math.floor(offset / cellSize); cell < cellCount && cell * cellSize < end; cell += 1) {
      const covered = Math.min(end, (cell + 1) * cellSize) - Math.max(offset, cell * cellSize);
      cells[cell] = (cells[cell] ?? 0) + Math.max(0, covered);
    }
  }
  return cells.map((covered) => Math.min(1, Math.round((covered / cellSize) * 10_000) / 10_000));
}

export function totalLength(ranges: readonly { length: number }[]): number {
  return ranges.reduce((sum, range) => sum + range.length, 0);
}
