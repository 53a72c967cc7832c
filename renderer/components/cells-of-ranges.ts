const cellCount = 256;

/** The picture of what was read back: 256 equal slices of an image of `size` bytes, each the share that ranges cover. */
export function cellsOfRanges(
  ranges: readonly { readonly offset: number; readonly length: number }[],
  size: number,
): number[] {
  const cell = size / cellCount;
  const covered = Array.from({ length: cellCount }, () => 0);
  for (const { offset, length } of ranges) {
    const end = Math.min(offset + length, size);
    for (let index = Math.floor(offset / cell); index < cellCount && index * cell < end; index += 1) {
      const overlap = Math.min(end, (index + 1) * cell) - Math.max(offset, index * cell);
      covered[index] = (covered[index] ?? 0) + Math.max(0, overlap) / cell;
    }
  }
  return covered.map((share) => Math.min(1, share));
}
