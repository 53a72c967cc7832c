import type { ByteRange } from './block-source.ts';

/** Sums lengths, in bytes. */
export function totalLength(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + range.length, 0);
}

/** Sorts and joins ranges that touch or overlap; empty ones vanish. */
export function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: { offset: number; length: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.offset - b.offset)) {
    if (range.length <= 0) continue;
    const last = joined.at(-1);
    if (last && range.offset <= last.offset + last.length) {
      last.length = Math.max(last.length, range.offset + range.length - last.offset);
    } else {
      joined.push({ offset: range.offset, length: range.length });
    }
  }
  return joined;
}

/** What lies in both; the inputs are sorted and disjoint. */
export function intersectRanges(left: readonly ByteRange[], right: readonly ByteRange[]): ByteRange[] {
  const both: ByteRange[] = [];
  let start = 0;
  for (const range of left) {
    const end = range.offset + range.length;
    for (let index = start; index < right.length; index += 1) {
      const other = right[index];
      if (!other || other.offset >= end) break;
      const otherEnd = other.offset + other.length;
      if (otherEnd <= range.offset) {
        start = index + 1;
        continue;
      }
      const offset = Math.max(range.offset, other.offset);
      both.push({ offset, length: Math.min(end, otherEnd) - offset });
    }
  }
  return both;
}

/** What lies in `left` but not in `right`; the inputs are sorted and disjoint. */
export function subtractRanges(left: readonly ByteRange[], right: readonly ByteRange[]): ByteRange[] {
  const rest: ByteRange[] = [];
  for (const { range, inside } of splitAtEdges(left, right)) if (!inside) rest.push(range);
  return rest;
}

/** Cuts `ranges` wherever a range of `marks` begins or ends; `inside` says whether the piece lies in one. */
export function splitAtEdges(
  ranges: readonly ByteRange[],
  marks: readonly ByteRange[],
): { range: ByteRange; inside: boolean }[] {
  const pieces: { range: ByteRange; inside: boolean }[] = [];
  let first = 0;
  for (const range of ranges) {
    const end = range.offset + range.length;
    let position = range.offset;
    for (let index = first; index < marks.length && position < end; index += 1) {
      const mark = marks[index];
      if (!mark || mark.offset >= end) break;
      const markEnd = mark.offset + mark.length;
      if (markEnd <= position) {
        first = index + 1;
        continue;
      }
      if (mark.offset > position) {
        pieces.push({ range: { offset: position, length: mark.offset - position }, inside: false });
        position = mark.offset;
      }
      const until = Math.min(end, markEnd);
      pieces.push({ range: { offset: position, length: until - position }, inside: true });
      position = until;
    }
    if (position < end) {
      pieces.push({ range: { offset: position, length: end - position }, inside: false });
    }
  }
  return pieces;
}

/** Widens every range to multiples of `blockSize`, but not beyond `size`. */
export function roundOutwards(ranges: readonly ByteRange[], blockSize: number, size: number): ByteRange[] {
  return joinRanges(
    ranges.map((range) => {
      const offset = range.offset - (range.offset % blockSize);
      const end = Math.min(Math.ceil((range.offset + range.length) / blockSize) * blockSize, size);
      return { offset, length: end - offset };
    }),
  );
}

/**
 * Joins ranges over small gaps, because a card writes one large stretch faster than two small ones: gaps below
 * `largestGap` bytes, halved until what is added stays within `share` of the whole. Sorted and disjoint in and out.
 */
export function closeGaps(ranges: readonly ByteRange[], largestGap: number, share: number): ByteRange[] {
  const allowed = totalLength(ranges) * share;
  for (let gap = largestGap; gap >= 4096; gap /= 2) {
    const joined = joinAcross(ranges, gap);
    if (totalLength(joined) - totalLength(ranges) <= allowed) return joined;
  }
  return [...ranges];
}

function joinAcross(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const joined: { offset: number; length: number }[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && range.offset - (last.offset + last.length) < gap) {
      last.length = range.offset + range.length - last.offset;
    } else {
      joined.push({ ...range });
    }
  }
  return joined;
}
