import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacityMarks } from '../../../electron/writer/capacity-marks.ts';

const MiB = 2 ** 20;

describe('marks that try the capacity of a card', () => {
  it('have, for each capacity it may really have, two that would lie over each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), fc.nat(MiB - 1), (mebibytes, more) => {
        const size = mebibytes * MiB + more;
        const marks = capacityMarks(size);
        const places = new Set(marks);
        for (let real = 1; real < marks.length; real += 1) {
          const capacity = Math.floor((real * mebibytes) / marks.length) * MiB;
          if (capacity === 0 || capacity + MiB >= size) continue;
          expect(
            marks.some((mark) => places.has(mark - capacity)),
            `${capacity} of ${size}`,
          ).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are few on a large card, all of them on it, and one in its last MiB', () => {
    const size = 64 * 1024 * MiB;
    const marks = capacityMarks(size);
    expect(marks.length).toBeLessThan(1000);
    expect(marks.every((mark) => mark > 0 && mark < size)).toBe(true);
    expect(size - (marks.at(-1) ?? 0)).toBeLessThanOrEqual(MiB);
  });
});
