import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRetention, type RetentionArchive } from '../../../shared/retention.ts';
import type { RetentionVerdict } from '../../../shared/retention-marks.ts';
import type { ArchiveState } from '../../../shared/retention-safety.ts';
import type { Keep } from '../../../shared/schemas/backup-policy.ts';
import { retentionRuleSchema } from '../../../shared/schemas/retention.ts';
import { keepNothing, oracle } from './retention-oracle.ts';

type Archive = RetentionArchive & { readonly state: ArchiveState; readonly protected: boolean };

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
);

const hour = 3600;
/** Close together, around the changes of clocks and years, and anywhere between 1900 and 2200. */
const ctimes = fc.oneof(
  fc.integer({ min: 0, max: 60 * 24 }).map((hours) => Date.UTC(2026, 9, 1) / 1000 + hours * hour),
  fc.integer({ min: 0, max: 400 }).map((quarters) => Date.UTC(2026, 9, 24) / 1000 + quarters * 900),
  fc.integer({ min: -20, max: 20 }).map((days) => Date.UTC(2027, 0, 1) / 1000 + days * 24 * hour),
  fc.integer({ min: Date.UTC(1900, 0, 1) / 1000, max: Date.UTC(2200, 0, 1) / 1000 }),
);

const keeps: fc.Arbitrary<Keep> = fc.record({
  last: fc.nat(4),
  hourly: fc.nat(4),
  daily: fc.nat(4),
  weekly: fc.nat(4),
  monthly: fc.nat(4),
  yearly: fc.nat(4),
});

const states = fc.constantFrom<ArchiveState>('good', 'taken-for-good', 'unverified', 'unknown');

const archives: fc.Arbitrary<Archive[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('qemu' as const, 'lxc' as const),
      vmid: fc.constantFrom(100, 101),
      ctime: ctimes,
      protected: fc.boolean().map((yes) => yes),
      isRenamed: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
      state: states,
    }),
    { maxLength: 40 },
  )
  .map((rows) =>
    rows.map(({ isRenamed, ...row }, index) => ({
      ...row,
      // The time of the name is not what counts here; each name is another one, in no order.
      volid: isRenamed
        ? `nas:backup/vzdump-${row.type}-old${index}.vma.zst`
        : `nas:backup/vzdump-${row.type}-${row.vmid}-2026_11_20-14_${String((index * 7) % 60).padStart(2, '0')}_${String(index % 60).padStart(2, '0')}.vma.zst`,
    })),
  );

const shares = fc.constantFrom(0, 0.1, 0.29, 0.5, 1);
const lists = fc.record({ rows: archives, keep: keeps, timezone: zones, maximumShare: shares });

describe('retention without the added safety', () => {
  it('is the decision that stands in the source of Proxmox', () => {
    fc.assert(
      fc.property(lists, ({ rows, keep, timezone }) => {
        const marks = planRetention(rows, { keep, timezone }).map(({ mark }) => mark);
        expect(marks).toEqual(oracle(rows, keep, timezone));
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each(['pure', 'safe'])('retention, %s', (kind) => {
  const decide = (rows: Archive[], { keep, timezone, maximumShare }: Omit<Settings, 'rows'>) =>
    planRetention(rows, { keep, timezone, ...(kind === 'safe' ? { safety: { maximumShare } } : {}) });

  it('removes nothing that is protected or renamed, and counts neither', () => {
    fc.assert(
      fc.property(lists, ({ rows, ...settings }) => {
        const verdicts = decide(rows, settings);
        for (const [row, { mark }] of pairs(rows, verdicts))
          expect(['protected', 'renamed'].includes(mark)).toBe(isOut(row));
        // Without the added safety the others are decided as if these were not there.
        if (kind === 'pure') {
          const others = decide(
            rows.filter((row) => !isOut(row)),
            settings,
          );
          expect(verdicts.filter((_, index) => !isOut(rows[index] as Archive))).toMatchObject(
            others.map(({ mark, rule }) => ({ mark, rule })),
          );
        }
      }),
    );
  });

  it('says the same of an archive wherever it stands in the list', () => {
    const shuffled = lists.chain((list) =>
      fc.record({
        list: fc.constant(list),
        order: fc.shuffledSubarray(
          list.rows.map((_, index) => index),
          { minLength: list.rows.length },
        ),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ list: { rows, ...settings }, order }) => {
        const before = decide(rows, settings);
        const after = decide(
          order.map((index) => rows[index] as Archive),
          settings,
        );
        expect(after.map(words)).toEqual(order.map((index) => words(before[index] as RetentionVerdict)));
      }),
    );
  });

  it('gives every archive a mark and the rule that it has it from', () => {
    fc.assert(
      fc.property(lists, ({ rows, ...settings }) => {
        const verdicts = decide(rows, settings);
        expect(verdicts).toHaveLength(rows.length);
        for (const { mark, rule } of verdicts) {
          expect(retentionRuleSchema.options).toContain(rule);
          expect(mark === 'remove').toBe(rule === 'not-kept');
          if (mark === 'protected' || mark === 'renamed') expect(rule).toBe(mark);
        }
      }),
    );
  });
});

describe('the added safety', () => {
  it('only ever keeps more', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const pure = planRetention(list.rows, { keep: list.keep, timezone: list.timezone });
        for (const [one, other] of pairs(pure, safe(list)))
          if (one.mark !== 'remove') expect(other).toEqual(one);
      }),
    );
  });

  it('leaves every guest its newest good archive, and all of them while none is good', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const verdicts = safe(list);
        for (const group of guests(list.rows)) {
          const good = ['good', 'taken-for-good']
            .map((state) => group.filter((index) => list.rows[index]?.state === state))
            .find((found) => found.length > 0);
          const newest = Math.max(...(good ?? []).map((index) => list.rows[index]?.ctime ?? 0));
          const ofThem = (good ?? group).filter(
            (index) => good === undefined || list.rows[index]?.ctime === newest,
          );
          const kept = ofThem.filter((index) => verdicts[index]?.mark !== 'remove');
          if (good === undefined) expect(kept).toEqual(ofThem);
          else expect(kept.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('removes nothing of which the state is unknown, and nothing whose replacement is not good', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const { rows } = list;
        const pure = planRetention(rows, { keep: list.keep, timezone: list.timezone });
        const verdicts = safe(list);
        const isGood = (index: number) => ['good', 'taken-for-good'].includes(rows[index]?.state ?? '');
        for (const group of guests(rows)) {
          const kept = group.filter((index) => pure[index]?.mark === 'keep');
          for (const index of group.filter((one) => verdicts[one]?.mark === 'remove')) {
            expect(rows[index]?.state).not.toBe('unknown');
            const ctime = rows[index]?.ctime ?? 0;
            const newer = kept.filter((one) => (rows[one]?.ctime ?? 0) >= ctime);
            const times = newer.map((one) => rows[one]?.ctime ?? 0);
            for (const time of [Math.min(...times), Math.max(...times)])
              expect(newer.some((one) => rows[one]?.ctime === time && isGood(one))).toBe(true);
          }
        }
      }),
    );
  });

  it('removes no larger share at once, the oldest first', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const verdicts = safe(list);
        const removed = list.rows.filter((_, index) => verdicts[index]?.mark === 'remove');
        const waiting = list.rows.filter((_, index) => verdicts[index]?.rule === 'maximum-share');
        expect(removed.length).toBeLessThanOrEqual(list.rows.length * list.maximumShare + 1e-6);
        if (waiting.length > 0) {
          expect(removed.length).toBe(Math.floor(list.rows.length * list.maximumShare + 1e-6));
          const oldestWaiting = Math.min(...waiting.map(({ ctime }) => ctime));
          for (const { ctime } of removed) expect(ctime).toBeLessThanOrEqual(oldestWaiting);
        }
      }),
    );
  });

  it('never holds one of two that have one name for the share, and removes the other', () => {
    const rows = ['one', 'other'].flatMap((pveCluster) =>
      guest('good', 'good', 'good').map((row) => Object.assign(row, { pveCluster })),
    );
    const marks = safe({ rows, keep: { ...keepNothing, last: 1 }, timezone: 'UTC', maximumShare: 0.5 });
    // Three of six may go, four would: of each name both go, or neither.
    const ofEach = ['keep-last', 'maximum-share', 'not-kept'];
    expect(marks.map(({ rule }) => rule)).toEqual([...ofEach, ...ofEach]);
  });

  it('waits for the newest to be verified before anything of the guest goes', () => {
    const before = guest('unverified', 'good', 'good', 'good');
    expect(rules(before, { last: 2 })).toEqual(['keep-last', 'keep-last', ...waitingForOther(2)]);
    const after = guest('good', 'good', 'good', 'good');
    expect(rules(after, { last: 2 })).toEqual(['keep-last', 'keep-last', 'not-kept', 'not-kept']);
  });

  it('keeps the last good one where all that count are bad', () => {
    const rows = guest('unverified', 'unverified', 'good', 'good');
    expect(rules(rows, { last: 1 })).toEqual([
      'keep-last',
      'replacement-unverified',
      'last-good',
      'replacement-unverified',
    ]);
  });

  it('removes nothing that a list has twice and keeps once', () => {
    const [one] = guest('good');
    if (one === undefined) throw new Error('one archive');
    const twice = [one, { ...one, ctime: one.ctime - 5 }];
    expect(rules(twice, { last: 1 })).toEqual(['keep-last', 'unknown-state']);
  });

  it('removes half of ten at once, and the other half in the runs after', () => {
    const rows = guest(...Array.from({ length: 9 }, () => 'good' as const));
    expect(rules(rows, { last: 1 }, 0.5)).toEqual([
      'keep-last',
      ...Array.from({ length: 4 }, () => 'maximum-share'),
      ...Array.from({ length: 4 }, () => 'not-kept'),
    ]);
    expect(rules(rows, { last: 1 }, 0).filter((rule) => rule === 'not-kept')).toEqual([]);
  });
});

const isOut = (row: Archive) => row.protected || row.volid.includes('old');

const safe = ({ rows, keep, timezone, maximumShare }: Settings) =>
  planRetention(rows, { keep, timezone, safety: { maximumShare } });

const name = (second: number) => `nas:backup/vzdump-qemu-100-2026_11_20-14_00_0${second}.vma.zst`;

/** One guest's, the newest first, a day apart. */
const guest = (...of: ArchiveState[]): Archive[] =>
  of.map((state, index) => ({
    volid: name(index),
    type: 'qemu',
    vmid: 100,
    ctime: 1_790_000_000 - index * 24 * hour,
    protected: false,
    state,
  }));

const rules = (rows: Archive[], keep: Partial<Keep>, maximumShare = 1) =>
  safe({ rows, keep: { ...keepNothing, ...keep }, timezone: 'UTC', maximumShare }).map(({ rule }) => rule);

interface Settings {
  readonly rows: Archive[];
  readonly keep: Keep;
  readonly timezone: string;
  readonly maximumShare: number;
}

/** All of a verdict but the position in the list. */
function words({ by: _by, ...verdict }: RetentionVerdict) {
  return verdict;
}

function pairs<One, Other>(ones: readonly One[], others: readonly Other[]): [One, Other][] {
  return ones.map((one, index) => [one, others[index] as Other]);
}

function waitingForOther(count: number): string[] {
  return Array.from({ length: count }, () => 'replacement-unverified');
}

/** Positions of the archives of each guest that count. */
function guests(rows: readonly Archive[]): number[][] {
  const found = new Map<string, number[]>();
  for (const [index, { volid, type, vmid }] of rows.entries()) {
    if (volid.includes('old')) continue;
    found.set(`${type}/${vmid}`, [...(found.get(`${type}/${vmid}`) ?? []), index]);
  }
  return [...found.values()];
}
