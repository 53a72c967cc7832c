import { createHash } from 'node:crypto';
import { type FaultCell, faultCells } from './fault-cells.ts';

/**
 * A few cells that a run can afford: one where the node's own timer takes everything back, and others of different faults.
 * The same seed gives the same ones.
 */
export function chooseCells(seed: string, count: number): FaultCell[] {
  const inOrder = faultCells
    .map((cell) => ({ cell, rank: rankOf(`${seed} ${cell.fault} ${cell.step}`) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ cell }) => cell);
  const timed = inOrder.find((cell) => cell.byTimer && isEarly(cell));
  const others = inOrder.filter(({ byTimer, ends }) => !byTimer && ends !== 'split' && ends !== 'named');
  const chosen = timed === undefined ? [] : [timed];
  for (const cell of others)
    if (chosen.length < count && chosen.every(({ fault }) => fault !== cell.fault)) chosen.push(cell);
  // Those over nothing first, so that nothing has to be taken away for them.
  return chosen.toSorted((a, b) => Number(b.over === 'nothing') - Number(a.over === 'nothing'));
}

function isEarly({ step }: FaultCell): boolean {
  return step !== 'verify' && step !== 'confirm';
}

function rankOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
