import { expect } from 'vitest';
import { TABLE_SIZE } from '../../../electron/imaging/card-layout.ts';
import type { FaultyMedium } from '../../rig/faults/faulty-medium.ts';
import type { WantedCard } from './fault-stage.ts';

const sector = 512;

/** What a fault left of a card, by what is in the sectors that make it boot. */
export type Left = 'untouched' | 'half erased' | 'does not boot' | 'whole';

/**
 * A card never boots half-written, however a burn ended: while a sector of the old partition table is left, nothing else
 * was changed; when one of the new is there, everything else is. And what is said of it is true. Answers what is left.
 */
export function expectHonestCard(
  { medium, wanted }: { medium: FaultyMedium; wanted: WantedCard },
  said: { state: string; good: boolean },
): Left {
  const left = whatIsLeft(medium, wanted);
  const { state, good } = said;
  if (good) expect(left).toBe('whole');
  if (/nothing was written|is as it was/i.test(state)) expect(left, state).toBe('untouched');
  if (/does not boot/.test(state)) expect(left, state).toBe('does not boot');
  if (/whole card/.test(state)) expect(left, state).toBe('whole');
  if (left === 'whole' && !good) expect(state).toMatch(/may boot, but it is not proven|holds the whole card/);
  if (left === 'half erased') expect(state).toMatch(/may still boot/);
  return left;
}

function whatIsLeft({ bytes, old }: FaultyMedium, wanted: WantedCard): Left {
  let left: Left = 'does not boot';
  const zeros = Buffer.alloc(sector);
  for (let at = 0; at < TABLE_SIZE; at += sector) {
    const found = bytes.subarray(at, at + sector);
    if (found.equals(zeros)) continue;
    if (found.equals(old.subarray(at, at + sector))) {
      left = 'half erased';
      continue;
    }
    const isNew = found.equals(wanted.bytes.subarray(at, at + sector));
    expect(isNew, `sector ${at / sector} is neither erased nor of the old or the new card`).toBe(true);
    expect(left, 'sectors of the old and of the new card').not.toBe('half erased');
    left = 'whole';
  }
  if (left === 'half erased') {
    expect(changedAfterTable(bytes, old), 'the old card boots, and is damaged').toBe(false);
    return bytes.subarray(0, TABLE_SIZE).equals(old.subarray(0, TABLE_SIZE)) ? 'untouched' : left;
  }
  if (left === 'whole') expect(firstDifference(bytes, wanted), 'the card boots half-written').toBeUndefined();
  return left;
}

function changedAfterTable(bytes: Buffer, old: Buffer): boolean {
  return !bytes.subarray(TABLE_SIZE).equals(old.subarray(TABLE_SIZE));
}

/** Offset of the first range that is not as it must be, the partition table left out. */
function firstDifference(bytes: Buffer, { bytes: wanted, ranges }: WantedCard): number | undefined {
  return ranges.find(({ offset, length }) => {
    const [from, to] = [Math.max(TABLE_SIZE, offset), offset + length];
    return from < to && !bytes.subarray(from, to).equals(wanted.subarray(from, to));
  })?.offset;
}
