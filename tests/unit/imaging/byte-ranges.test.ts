import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../electron/imaging/block-source.ts';
import {
  closeGaps,
  intersectRanges,
  joinRanges,
  roundOutwards,
  splitAtEdges,
  subtractRanges,
  totalLength,
} from '../../../electron/imaging/byte-ranges.ts';

const SIZE = 200;
const anyRanges = fc.array(
  fc
    .tuple(fc.nat(SIZE - 1), fc.nat(40))
    .map(([offset, length]) => ({ offset, length: Math.min(length, SIZE - offset) })),
  { maxLength: 12 },
);
const ranges = anyRanges.map(joinRanges);

/** One flag per byte. */
function members(given: readonly ByteRange[], size = SIZE): boolean[] {
  return Array.from({ length: size }, (_, at) =>
    given.some((one) => at >= one.offset && at < one.offset + one.length),
  );
}

function mustBeTidy(given: readonly ByteRange[]): void {
  for (const [index, one] of given.entries()) {
    expect(one.length).toBeGreaterThan(0);
    const next = given[index + 1];
    if (next) expect(next.offset).toBeGreaterThanOrEqual(one.offset + one.length);
  }
}

describe('byte ranges, compared with sets of bytes', () => {
  it('join', () => {
    fc.assert(
      fc.property(anyRanges, (given) => {
        mustBeTidy(joinRanges(given));
        expect(members(joinRanges(given))).toEqual(members(given));
      }),
    );
  });

  it('intersect, subtract and split', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const [inLeft, inRight] = [members(left), members(right)];
        mustBeTidy(intersectRanges(left, right));
        mustBeTidy(subtractRanges(left, right));
        expect(members(intersectRanges(left, right))).toEqual(inLeft.map((one, at) => one && inRight[at]));
        expect(members(subtractRanges(left, right))).toEqual(inLeft.map((one, at) => one && !inRight[at]));
        const pieces = splitAtEdges(left, right);
        mustBeTidy(pieces.map((piece) => piece.range));
        expect(members(pieces.map((piece) => piece.range))).toEqual(inLeft);
        for (const { range, inside } of pieces) {
          const flags = inRight.slice(range.offset, range.offset + range.length);
          expect(new Set(flags)).toEqual(new Set([inside]));
        }
      }),
    );
  });

  it('round outwards to whole blocks, but not beyond the end', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const rounded = roundOutwards(given, 16, SIZE);
        mustBeTidy(rounded);
        const inside = members(given);
        const wanted = inside.map((_, at) =>
          inside.slice(at - (at % 16), at - (at % 16) + 16).includes(true),
        );
        expect(members(rounded)).toEqual(wanted);
      }),
    );
  });

  it('close gaps within what may be added', () => {
    const small = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(small, (blocks) => {
        let at = 0;
        const given = blocks.map(([gap, length]) => {
          const range = { offset: at + gap * 4096, length: length * 4096 };
          at = range.offset + range.length;
          return range;
        });
        const closed = closeGaps(given, 65536, 0.02);
        mustBeTidy(closed);
        expect(totalLength(intersectRanges(closed, given))).toBe(totalLength(given));
        expect(totalLength(closed)).toBeLessThanOrEqual(totalLength(given) * 1.02);
      }),
    );
    expect(
      closeGaps(
        [
          { offset: 0, length: 2 ** 22 },
          { offset: 2 ** 22 + 4096, length: 2 ** 22 },
        ],
        65536,
        0.02,
      ),
    ).toEqual([{ offset: 0, length: 2 ** 23 + 4096 }]);
  });
});
