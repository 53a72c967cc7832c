import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CoverageState } from '../../../shared/schemas/backup-overview.ts';
import { hour, iso, policyOf, ruleOf } from '../../rig/backups/made-backups.ts';
import { type Facts, failures, goodFacts, rowOf } from './overview-cases.ts';

const start = Date.parse('2026-11-21T12:00:00Z');

/** Bad and unknown are both red where it counts: the exit code and Today. */
const rank: Record<CoverageState, number> = { good: 0, excluded: 0, warning: 1, unknown: 2, bad: 2 };

const codes = Object.keys(failures) as (keyof typeof failures)[];
const change = fc.constantFrom(...codes);

interface Choices {
  readonly later: number;
  readonly tested: number | undefined;
  readonly wantsTests: boolean;
  readonly changes: readonly (keyof typeof failures)[];
}

/** Facts that are in order, and then changed by anything, some time later, with restore tests or not. */
const choices = fc.record({
  later: fc.integer({ min: 0, max: 60 * hour }),
  tested: fc.option(fc.integer({ min: 0, max: 60 * 24 }), { nil: undefined }),
  wantsTests: fc.boolean(),
  changes: fc.array(change, { maxLength: 4 }),
});

function factsOf({ later, tested, wantsTests, changes }: Choices): Facts {
  const made = goodFacts(start);
  const check = (hours: number) => ({
    at: iso(start - hours * hour),
    kind: 'restore-test' as const,
    place: 'storage:nas',
    outcome: 'passed' as const,
    detail: 'Its agent answered.',
  });
  const records = made.records.map((record, index) =>
    index === 3 && tested !== undefined ? { ...record, checks: [check(tested)] } : record,
  );
  const policy = wantsTests
    ? policyOf([ruleOf({ restoreTest: { everyDays: 30, waitSeconds: 300 } })])
    : made.policy;
  const whole: Facts = { ...made, records, policy, now: new Date(start + later) };
  return changes.reduce((now, code) => failures[code](now), whole);
}

describe('what a row may say', () => {
  it('no failure makes it greener', () => {
    fc.assert(
      fc.property(choices, change, (chosen, code) => {
        const before = factsOf(chosen);
        const better = rank[rowOf(before).state];
        const worse = rank[rowOf(failures[code](before)).state];
        expect(worse).toBeGreaterThanOrEqual(better);
      }),
      { numRuns: 600, seed: 6 },
    );
  });

  it('is the worst of its reasons, which stand in that order, each with a way on', () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const given = factsOf(chosen);
        const { state, reasons } = rowOf(given);
        expect(state).toBe(reasons[0]?.state ?? 'good');
        const ranks = reasons.map((one) => ['bad', 'unknown', 'warning'].indexOf(one.state));
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
        expect(ranks).not.toContain(-1);
        expect(reasons.every(({ what, next }) => what !== '' && next !== '')).toBe(true);
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('is good only of a backup that is in its window, there, of its size, with a digest, copied and tested', () => {
    let good = 0;
    fc.assert(
      fc.property(choices, (chosen) => {
        const given = factsOf(chosen);
        const row = rowOf(given);
        if (row.state !== 'good') return;
        good += 1;
        const now = given.now.getTime();
        const rule = given.policy?.rules[0];
        const last = given.records.findLast(({ outcome }) => outcome === 'made');
        expect(now - Date.parse(row.lastGoodAt ?? '')).toBeLessThanOrEqual((rule?.windowHours ?? 0) * hour);
        expect(given.records.at(-1)).toBe(last);
        const at = (place: string) =>
          given.manifest.archives.find(({ id }) => id === `${place}#${last?.archive}`)?.sizeBytes;
        expect(at('storage:nas')).toBe(last?.sizeBytes);
        expect(at('target:offsite')).toBe(last?.sizeBytes);
        expect(last?.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(last?.copies).toMatchObject([{ target: 'offsite', state: 'verified' }]);
        expect(now - Date.parse(given.manifest.at)).toBeLessThanOrEqual((rule?.windowHours ?? 0) * hour);
        if (rule?.restoreTest === undefined) return;
        expect(row.restoreTest?.passed).toBe(true);
        expect(now - Date.parse(row.restoreTest?.at ?? '')).toBeLessThanOrEqual(30 * 24 * hour);
      }),
      { numRuns: 800, seed: 6 },
    );
    expect(good).toBeGreaterThan(20);
  });
});
