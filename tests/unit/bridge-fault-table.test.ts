import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chooseCells } from '../rig/deploy-faults/choose-cells.ts';
import { type FaultEnd, faultCells, nameOf } from '../rig/deploy-faults/fault-cells.ts';

const page = readFileSync(new URL('../../docs/bridge-faults.md', import.meta.url), 'utf8');

const words: Readonly<Record<FaultEnd, RegExp>> = {
  old: /^old$/,
  new: /^new$/,
  same: /, all the same$/,
  split: /^this node old, the others new$/,
  named: /^new$/,
};

it('the table of faults of a deploy has a row for every cell that is tried, and no other', () => {
  const rows = [...page.matchAll(/^\| (\w+) \| ([\w ]+) \| (.+?) \| (.+?) \| `(.+?)` \|$/gm)];
  expect(rows.map(([, , , , , test]) => test)).toEqual(faultCells.map(nameOf));
  for (const [index, cell] of faultCells.entries()) {
    const [, step, over, end = ''] = rows[index] ?? [];
    expect([step, over], nameOf(cell)).toEqual([cell.step, cell.over]);
    expect(end, nameOf(cell)).toMatch(words[cell.ends]);
  }
  expect(faultCells.length).toBeGreaterThanOrEqual(30);
  expect(page).toContain(`${faultCells.length} rows`);
});

it('whatever the seed, one of the few that every run tries is taken back by the node itself', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const cells = chooseCells(String(seed), 3);
    expect(cells.length).toBe(3);
    expect(cells.filter(({ byTimer }) => byTimer).length).toBe(1);
    for (const cell of cells) seen.add(cell.fault);
  }
  expect(chooseCells('a', 3)).toEqual(chooseCells('a', 3));
  expect(seen.size).toBe(new Set(faultCells.map(({ fault }) => fault)).size);
});
