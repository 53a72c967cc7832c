import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reasonStates } from '../../../electron/services/backups/overview/reason-states.ts';
import { coverageReasonCodes } from '../../../shared/schemas/backup-overview.ts';
import { failureCases } from '../../rig/backups/failure-cases.ts';

const page = readFileSync(new URL('../../../docs/backup-failures.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([^|]+) \| [^|]+ \| `([A-Z_]+)`, (\w+) \| [^|]+ \|$/gm)].map(
  ([, id, code, state]) => ({ id, code, state }),
);

it('the table of failures has a row for every case that is made, and no other', () => {
  expect(rows.length).toBe(failureCases.length);
  for (const { id, code, state } of failureCases)
    expect(rows.find((row) => row.id === id)).toEqual({ id, code, state });
  expect(page).toContain(`${failureCases.length} rows`);
  expect(failureCases.length).toBeGreaterThanOrEqual(25);
});

it('none of them is good, and each is at least as bad as its reason', () => {
  const order = ['good', 'warning', 'unknown', 'bad'];
  for (const { id, code, state } of failureCases) {
    expect(state, id).not.toBe('good');
    expect(order.indexOf(state), id).toBeGreaterThanOrEqual(order.indexOf(reasonStates[code].state));
  }
});

it('every reason that the dashboard knows is made by a case, but one that only a kill makes', () => {
  const made = new Set<string>(failureCases.map(({ code }) => code));
  expect(coverageReasonCodes.filter((code) => !made.has(code))).toEqual(['RUN_UNFINISHED']);
});
