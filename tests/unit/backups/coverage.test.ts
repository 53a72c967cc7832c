import { describe, expect, it } from 'vitest';
import { reasonStates } from '../../../electron/services/backups/overview/reason-states.ts';
import { overviewOf } from '../../../electron/services/backups/overview/overview.ts';
import type { ManifestNode } from '../../../shared/schemas/backup-manifest.ts';
import { type CoverageReasonCode, backupOverviewSchema } from '../../../shared/schemas/backup-overview.ts';
import {
  agentsOf,
  archivesOf,
  failedRun,
  gigabyte,
  guestOf,
  hour,
  iso,
  manifestOf,
  nodeOf,
  recordOf,
  ruleOf,
  policyOf,
} from '../../rig/backups/made-backups.ts';
import { codesOf, failures, goodFacts, rowOf } from './overview-cases.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('a guest whose backups are in order', () => {
  it('is good, with all that a row shows', () => {
    const row = rowOf(goodFacts(now));
    expect(row.reasons).toEqual([]);
    expect(row).toMatchObject({
      state: 'good',
      rule: 'daily',
      offsite: 'verified',
      checksum: 'known',
      archives: 14,
      bytes: 140 * gigabyte,
      nextRunAt: '2026-11-22T02:30:00.000Z',
      lastGoodAt: '2026-11-21T02:40:00.000Z',
    });
    expect(row.sizes).toHaveLength(7);
    expect(row.days.at(-1)).toEqual({ day: '2026-11-21', state: 'good', backups: 1 });
    expect(row.days[0]).toEqual({ day: '2026-09-27', state: 'before', backups: 0 });
  });

  it('is what the contract says', () => {
    const overview = overviewOf(goodFacts(now));
    expect(backupOverviewSchema.parse(JSON.parse(JSON.stringify(overview)))).toBeTruthy();
  });

  it('stays good for what was backed up after the discovery: the run itself read it back', () => {
    const facts = goodFacts(now);
    const guest = guestOf(100);
    const fresh = recordOf(guest, now - hour);
    expect(rowOf({ ...facts, records: [...facts.records, fresh] })).toMatchObject({
      state: 'good',
      lastGoodAt: fresh.endedAt,
    });
  });

  it('stays good when one of its backups is an export, whose record lies in its own folder', () => {
    const facts = goodFacts(now);
    const [oldest, ...records] = facts.records;
    if (oldest?.archive === undefined) throw new Error('there is one');
    const archive = 'sifaka-export-qemu-100-2026_11_21-02_30_00';
    const { volid, ...made } = { ...oldest, method: 'export' as const, archive };
    void volid;
    const archives = facts.manifest.archives.map((one) =>
      one.name === oldest.archive
        ? Object.assign(structuredClone(one), {
            id: `${one.place}#${archive}`,
            name: archive,
            method: 'export',
            sizeBytes: one.sizeBytes + (one.place === 'storage:nas' ? 2000 : 0),
          })
        : one,
    );
    const manifest = { ...facts.manifest, archives };
    const row = rowOf({ ...facts, manifest, records: [made, ...records] });
    expect(codesOf(row)).toEqual([]);
    const part = archives.map((one) =>
      one.name === archive ? Object.assign(structuredClone(one), { sizeBytes: 5 }) : one,
    );
    expect(
      codesOf(rowOf({ ...facts, manifest: { ...manifest, archives: part }, records: [made] })),
    ).toContain('ARCHIVE_SIZE_DIFFERS');
  });

  it('is excluded when the policy says so, whatever there is', () => {
    const facts = goodFacts(now);
    expect(
      rowOf({ ...facts, records: [], policy: policyOf([ruleOf()], { exclude: ['baobab/100'] }) }),
    ).toMatchObject({
      state: 'excluded',
      reasons: [],
    });
  });
});

/** Of November 2026. */
function at(day: number): number {
  return Date.parse(`2026-11-${day}T02:30:00Z`);
}

/** What a discovery so many days ago saw on nas. */
function total(days: number, bytes: number) {
  return { at: iso(now - days * 24 * hour), bytes: new Map([['storage:nas', bytes]]) };
}

describe('each thing that may be wrong', () => {
  it('has a case here', () => {
    expect(Object.keys(failures).toSorted()).toEqual(Object.keys(reasonStates).toSorted());
  });

  for (const [code, change] of Object.entries(failures))
    it(`${code} is ${reasonStates[code as CoverageReasonCode].state}, with what is so and what to do`, () => {
      const row = rowOf(change(goodFacts(now)));
      const found = row.reasons.find((one) => one.code === code);
      expect(found, JSON.stringify(row.reasons)).toBeDefined();
      expect(found?.state).toBe(reasonStates[code as CoverageReasonCode].state);
      expect(row.state).not.toBe('good');
      expect(found?.what).toMatch(/\w+ .*[.)a-z0-9]$/);
      expect(found?.next.length).toBeGreaterThan(5);
    });
});

describe('the dead-man’s switch', () => {
  it('is bad without a success within the window, even if nothing ran and nothing failed', () => {
    const facts = goodFacts(now);
    const later = now + 20 * hour;
    const manifest = { ...facts.manifest, at: iso(later - hour) };
    const row = rowOf({ ...facts, now: new Date(later), manifest, agents: agentsOf(later) });
    expect(row.state).toBe('bad');
    expect(codesOf(row)).toEqual(['LATE']);
  });

  it('is red although an agent says that it ran', () => {
    const facts = goodFacts(now);
    const guest = guestOf(100);
    const tries = [1, 2, 3].map((day) => failedRun(guest, now + day * 24 * hour));
    const later = now + 73 * hour;
    const manifest = { ...facts.manifest, at: iso(later) };
    const row = rowOf({ ...facts, now: new Date(later), manifest, records: [...facts.records, ...tries] });
    expect(codesOf(row)).toContain('LATE');
    expect(row.state).toBe('bad');
  });

  it('says nothing good of a lab that was not looked at for longer than the window', () => {
    const facts = goodFacts(now);
    const later = now + 30 * hour;
    const fresh = recordOf(guestOf(100), later - 2 * hour);
    const row = rowOf({
      ...facts,
      now: new Date(later),
      records: [...facts.records, fresh],
      agents: agentsOf(later),
    });
    expect(row.state).toBe('unknown');
    expect(codesOf(row)).toEqual(['MANIFEST_OLD']);
  });
});

describe('a node that does not answer', () => {
  const silent: Partial<ManifestNode> = { state: 'silent', pveCluster: undefined, storages: [] };

  it('keeps its guests in the list, as unknown', () => {
    const facts = goodFacts(now);
    const manifest = {
      ...facts.manifest,
      nodes: [nodeOf('baobab', silent), nodeOf('ebony'), nodeOf('tapia')],
      guests: [],
    };
    const overview = overviewOf({ ...facts, manifest });
    expect(overview.ghosts).toEqual([]);
    expect(overview.rows).toMatchObject([
      { state: 'unknown', guest: { vmid: 100, node: 'baobab', status: 'unknown' } },
    ]);
    expect(overview.rows.flatMap(codesOf)).toContain('NODE_SILENT');
  });

  it('makes no ghosts of guests whose archives nobody recorded', () => {
    const archives = archivesOf(recordOf(guestOf(105), now - hour));
    const manifest = manifestOf(now, {
      archives,
      nodes: [nodeOf('baobab'), nodeOf('ebony', silent), nodeOf('tapia')],
    });
    const overview = overviewOf({ ...goodFacts(now), records: [], manifest });
    expect(overview.ghosts).toEqual([]);
    expect(overview.rows.find(({ guest }) => guest.vmid === 105)).toMatchObject({ state: 'unknown' });
  });
});

describe('what was carried over from an earlier discovery', () => {
  const seenAt = iso(now - 26 * hour);

  it('is unknown: a guest', () => {
    const facts = goodFacts(now);
    const row = rowOf({
      ...facts,
      manifest: { ...facts.manifest, guests: [guestOf(100, { source: 'manifest', seenAt })] },
    });
    expect(row.state).toBe('unknown');
    expect(codesOf(row)).toEqual(['NODE_SILENT']);
  });

  it.each(['storage:nas', 'target:offsite'])('is not there for certain: archives of %s', (place) => {
    const facts = goodFacts(now);
    const archives = facts.manifest.archives.map((one) => (one.place === place ? { ...one, seenAt } : one));
    const row = rowOf({ ...facts, manifest: { ...facts.manifest, archives } });
    expect(codesOf(row)).toEqual([place === 'storage:nas' ? 'NODE_SILENT' : 'TARGET_UNREACHABLE']);
  });
});

describe('what belongs to no guest', () => {
  it('ghosts are archives of guests that every node has answered without', () => {
    const gone = recordOf(guestOf(105), now - 40 * hour);
    const facts = goodFacts(now);
    const manifest = { ...facts.manifest, archives: [...facts.manifest.archives, ...archivesOf(gone)] };
    const { ghosts, rows } = overviewOf({ ...facts, manifest, records: [...facts.records, gone] });
    expect(ghosts).toEqual([
      {
        type: 'qemu',
        vmid: 105,
        name: 'guest-105',
        archives: 2,
        bytes: 20 * gigabyte,
        newest: gone.endedAt,
      },
    ]);
    expect(rows.map(({ guest }) => guest.vmid)).toEqual([100]);
  });

  it('a guest that moved is no ghost', () => {
    const facts = goodFacts(now);
    const manifest = { ...facts.manifest, guests: [guestOf(100, { node: 'tapia' })] };
    const { ghosts, rows } = overviewOf({ ...facts, manifest });
    expect(ghosts).toEqual([]);
    expect(rows).toMatchObject([{ state: 'good', guest: { node: 'tapia' } }]);
  });

  it('orphans are renamed, partial, and without a guest in their name', () => {
    const facts = goodFacts(now);
    const [one] = archivesOf(recordOf(guestOf(100), now - 40 * hour));
    if (one === undefined) throw new Error('there is no archive to change');
    const archives = [
      { ...one, id: 'storage:nas#a', name: 'a', standardName: false },
      { ...one, id: 'storage:nas#b', name: 'b', standardName: false, vmid: undefined, type: undefined },
      { ...one, id: 'storage:nas#c.dat', name: 'c.dat', partial: true, standardName: false },
    ];
    const { orphans } = overviewOf({ ...facts, manifest: { ...facts.manifest, archives } });
    expect(orphans.map(({ archive, why }) => [archive, why.split(':')[0]])).toEqual([
      ['storage:nas#a', 'it was renamed, so that no prune counts or removes it'],
      ['storage:nas#b', 'its name does not say which guest it is of'],
      ['storage:nas#c.dat', 'half an archive'],
    ]);
  });
});

describe('archives that Sifaka did not make', () => {
  it('are backups, and are not verified ones', () => {
    const facts = goodFacts(now);
    const row = rowOf({ ...facts, records: [] });
    expect(codesOf(row)).not.toContain('NEVER_BACKED_UP');
    expect(codesOf(row)).toContain('NOT_VERIFIED');
    expect(row.state).toBe('warning');
    expect(row.lastGoodAt).toBe('2026-11-21T02:30:00.000Z');
  });
});

describe('the next prune', () => {
  it('names the oldest archive that a prune would remove, and why', () => {
    const facts = goodFacts(now);
    const policy = policyOf([
      ruleOf({ keep: { last: 3, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 } }),
    ]);
    const { nextPrune } = rowOf({ ...facts, policy: { ...policy, safety: { maximumShare: 1 } } });
    expect(nextPrune).toMatchObject({ rule: 'not-kept' });
    expect(nextPrune?.archive).toContain('2026_11_15');
    expect(nextPrune?.count).toBeGreaterThanOrEqual(4);
    expect(nextPrune?.why).toMatch(/\w/);
    expect(rowOf({ ...facts, policy: undefined }).nextPrune).toBeUndefined();
  });
});

describe('the calendar', () => {
  it('counts days by the clocks of the policy', () => {
    const facts = goodFacts(now);
    const guest = guestOf(100);
    const late = recordOf(guest, Date.parse('2026-11-20T23:15:00Z'));
    const policy = policyOf(undefined, { timezone: 'Europe/Berlin' });
    const row = rowOf({
      ...facts,
      policy,
      records: [late],
      manifest: manifestOf(now, { guests: [guest], archives: archivesOf(late) }),
    });
    expect(row.days.slice(-2)).toMatchObject([{ state: 'before' }, { day: '2026-11-21', state: 'good' }]);
  });

  it('tells a day without a backup from one that failed, and from one that nothing was due on', () => {
    const facts = goodFacts(now);
    const guest = guestOf(100);
    const policy = policyOf([
      ruleOf({ schedule: { at: '02:30', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'] } }),
    ]);
    const records = [
      recordOf(guest, at(14)),
      recordOf(guest, at(16), { pruneFailed: 'no permission' }),
      failedRun(guest, at(17)),
      recordOf(guest, at(19)),
      failedRun(guest, at(20)),
      recordOf(guest, at(20) + hour),
    ];
    const { days } = rowOf({ ...facts, policy, records, manifest: manifestOf(now, { guests: [guest] }) });
    expect(days.slice(-8).map(({ day, state }) => `${day.slice(8)} ${state}`)).toEqual([
      '14 good',
      '15 not-due',
      '16 warning',
      '17 failed',
      '18 missing',
      '19 good',
      '20 warning',
      '21 not-due',
    ]);
  });

  it('names the times that were longer than the window', () => {
    const facts = goodFacts(now);
    const guest = guestOf(100);
    const records = [20 * 24, 5 * 24, 4 * 24, 2].map((hours) => recordOf(guest, now - hours * hour));
    const { gaps } = rowOf({ ...facts, records, manifest: manifestOf(now, { guests: [guest] }) });
    expect(gaps.map(({ hours }) => hours)).toEqual([15 * 24, 94]);
  });
});

describe('a forecast', () => {
  it('is the slope of what archives took, unmoved by one odd day', () => {
    const facts = goodFacts(now);
    const totals = [5, 4, 3, 2, 1, 0].map((days) => total(days, (50 - days) * 10 * gigabyte));
    totals[2] = total(3, 1);
    const { forecasts } = overviewOf({ ...facts, totals });
    const nas = forecasts.find(({ place }) => place === 'storage:nas');
    expect(nas?.bytesPerDay).toBeCloseTo(10 * gigabyte);
    expect(nas?.fullAt).toBe(iso(now + 300 * 24 * hour));
  });

  it('says nothing of a place that was seen on two days, and of one that shrinks', () => {
    const facts = goodFacts(now);
    const few = overviewOf({ ...facts, totals: [total(1, 1), total(0, 2)] }).forecasts;
    expect(few.find(({ place }) => place === 'storage:nas')?.bytesPerDay).toBeUndefined();
    const shrinking = overviewOf({ ...facts, totals: [total(2, 9), total(1, 6), total(0, 3)] }).forecasts;
    expect(shrinking.find(({ place }) => place === 'storage:nas')).toMatchObject({ bytesPerDay: -3 });
    expect(shrinking.find(({ place }) => place === 'storage:nas')?.fullAt).toBeUndefined();
  });
});
