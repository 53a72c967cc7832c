import { expect, it } from 'vitest';
import { cellsOfRanges } from '../../../renderer/components/cells-of-ranges.ts';

it('draws what was read back, share by share', () => {
  const cells = cellsOfRanges(
    [
      { offset: 0, length: 150 },
      { offset: 25_500, length: 100 },
    ],
    25_600,
  );
  expect(cells).toHaveLength(256);
  expect(cells.slice(0, 3)).toEqual([1, 0.5, 0]);
  expect(cells[255]).toBe(1);
  expect(cells.reduce((sum, share) => sum + share, 0)).toBe(2.5);
});

it('adds up ranges that share a cell, and stays inside the image', () => {
  const cells = cellsOfRanges(
    [
      { offset: 0, length: 25 },
      { offset: 50, length: 25 },
      { offset: 25_590, length: 4096 },
    ],
    25_600,
  );
  expect(cells[0]).toBe(0.5);
  expect(cells[255]).toBeCloseTo(0.1);
});
