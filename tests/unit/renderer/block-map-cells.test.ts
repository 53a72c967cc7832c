import { describe, expect, it } from 'vitest';
import { cellStates } from '../../../renderer/components/block-map-cells.ts';

describe('the picture of the card', () => {
  const cells = [1, 0, 0.5, 0.5];

  it('leaves free cells alone, whatever the progress', () => {
    expect(cellStates(cells, { written: 1, verified: 1 })[1]).toBe('free');
  });

  it('fills from the start, weighted by what each cell holds', () => {
    expect(cellStates(cells, { written: 0, verified: 0 })).toEqual(['mapped', 'free', 'mapped', 'mapped']);
    expect(cellStates(cells, { written: 0.6, verified: 0 })).toEqual([
      'written',
      'free',
      'partial-write',
      'mapped',
    ]);
    expect(cellStates(cells, { written: 1, verified: 0.25 })).toEqual([
      'partial-verify',
      'free',
      'written',
      'written',
    ]);
  });

  it('is full at exactly 1 although a third cannot be summed exactly', () => {
    const thirds = Array.from({ length: 256 }, () => 1 / 3);
    expect(new Set(cellStates(thirds, { written: 1, verified: 1 }))).toEqual(new Set(['verified']));
  });

  it('draws an empty card', () => {
    expect(cellStates([0, 0], { written: 1, verified: 1 })).toEqual(['free', 'free']);
  });
});
