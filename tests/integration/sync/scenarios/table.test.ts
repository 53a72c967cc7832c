import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hazards } from './hazards/all.ts';
import { tableRow } from './table.ts';

test('docs/sync-hazards.md says of Sifaka what the replayed hazards assert, row by row', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/sync-hazards.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
  const cells = rows.map((row) => row.split(' | ').slice(2));
  expect(rows).toEqual(
    hazards.map((hazard, index) => tableRow(hazard, [(cells[index] ?? []).join(' | ').replace(/ \|$/, '')])),
  );
  expect(cells.every((others) => others.length === 3)).toBe(true);
});
