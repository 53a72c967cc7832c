import { describe, expect, it } from 'vitest';
import { knownArchives } from '../../../electron/services/backups/archives/known-archives.ts';
import type { AnswerPart } from '../../../electron/services/backups/discover/answer-parts.ts';
import { seenArchives } from '../../../electron/services/backups/discover/seen-archives.ts';
import type { AnsweredNode } from '../../../electron/services/backups/discover/seen-guests.ts';
import { listArchives } from '../../../electron/services/backups/overview/archive-list.ts';
import { overviewOf } from '../../../electron/services/backups/overview/overview.ts';
import {
  archivesOf as archivesToRestore,
  chooseTest,
} from '../../../electron/services/backups/prove/choose-test.ts';
import { dueTests } from '../../../electron/services/backups/prove/due-tests.ts';
import { planRestore } from '../../../electron/services/backups/restore/plan-restore.ts';
import type { RestoreFacts } from '../../../electron/services/backups/restore/restore-facts.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { zonedTime } from '../../../shared/zoned-time.ts';
import {
  agentsOf,
  archivesOf,
  guestOf,
  hour,
  iso,
  manifestOf,
  nodeOf,
  policyOf,
  recordOf,
  ruleOf,
} from '../../rig/backups/made-backups.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
/** Two guests of one id, whose Proxmox clusters share a NAS. */
const mine = guestOf(100, { pveCluster: 'one', node: 'baobab', name: 'web' });
const theirs = guestOf(100, { pveCluster: 'other', node: 'tapia', name: 'mail' });
const rule = { targets: [], restoreTest: { everyDays: 7, waitSeconds: 60 } };
const policy = policyOf([ruleOf(rule)], { restoreTests: { vmids: { first: 9900, last: 9909 } } });

/** Archives as a discovery of before had them: the cluster of the node that was asked first. */
function world(records: readonly BackupRecord[], archived: readonly BackupRecord[]) {
  const manifest = manifestOf(now - hour, {
    nodes: [nodeOf('baobab', { pveCluster: 'one' }), nodeOf('tapia', { pveCluster: 'other' })],
    guests: [mine, theirs],
    archives: archived.flatMap((record) => archivesOf(record, { pveCluster: 'one', node: 'baobab' })),
    targets: [],
  });
  const known = { manifest, records, archives: knownArchives(manifest, records) };
  const overview = overviewOf({
    now: new Date(now),
    manifest,
    records: [...records],
    policy,
    agents: agentsOf(now),
    totals: [],
  });
  return { manifest, known, overview };
}

describe('an archive on a storage that Proxmox clusters with guests of its id share', () => {
  const record = recordOf(theirs, now - 10 * hour, { copies: [] });
  const id = `storage:nas#${record.archive}`;
  const found = recordOf(mine, now - 10 * hour, {
    copies: [],
    foundAt: iso(now - hour),
    checks: [
      { at: iso(now - hour), kind: 'restore-test', place: 'storage:nas', outcome: 'passed', detail: '' },
    ],
  });

  it.each([
    ['no record', []],
    ['a record of whoever found it', [found]],
  ])('with %s is nobody’s backup, and is not restored as one', (_what, records) => {
    const { known, overview, manifest } = world(records, [record]);
    expect(
      overview.rows.map(({ guest, archives, lastGoodAt }) => [guest.name, archives, lastGoodAt]),
    ).toEqual(
      expect.arrayContaining([
        ['web', 0, undefined],
        ['mail', 0, undefined],
      ]),
    );
    expect(overview.rows.map(({ state }) => state)).not.toContain('good');
    expect(overview.orphans).toMatchObject([{ archive: id, why: expect.stringContaining('whose it is') }]);
    expect([mine, theirs].flatMap((guest) => archivesToRestore(known, guest))).toEqual([]);
    expect(() => chooseTest(known, { archive: id })).toThrow('ARCHIVE_UNKNOWN');
    expect(() => chooseTest(known, { guest: 'baobab/100' })).toThrow('ARCHIVE_UNKNOWN');
    const one = known.archives.get(id);
    if (one === undefined) throw new Error('it is known');
    const asked = {
      node: 'baobab',
      problem: { code: 'NODE_SILENT' as const, what: '', state: '', next: '' },
    };
    const facts = { one, known, asked, node: 'baobab', vmid: 200, host: 'baobab' } as RestoreFacts;
    const request = { archive: id, target: 'baobab/200', overwrite: false, start: false, unique: false };
    expect(planRestore(request, facts).warnings[0]).toContain(
      'several Proxmox clusters have a guest qemu/100',
    );
    const [listed] = listArchives(manifest, records);
    expect([listed?.guest, listed?.guestName]).toEqual(['qemu/100', undefined]);
  });

  it('is of the guest that it was made of, whichever node saw it', () => {
    const { known, overview, manifest } = world([record], [record]);
    const rows = Object.fromEntries(overview.rows.map((row) => [row.guest.name, row]));
    expect([rows['web']?.archives, rows['mail']?.archives]).toEqual([0, 1]);
    expect(rows['mail']?.lastGoodAt).toBe(record.endedAt);
    expect(overview.orphans).toEqual([]);
    expect(archivesToRestore(known, mine)).toEqual([]);
    expect(archivesToRestore(known, theirs).map(({ archive }) => archive.id)).toEqual([id]);
    expect(chooseTest(known, { archive: id }).guest.name).toBe('mail');
    expect(listArchives(manifest, [record])).toMatchObject([{ guest: 'tapia/100', guestName: 'mail' }]);
  });

  it('proves by a test of a found one nothing of either guest', () => {
    const made = recordOf(mine, now - 20 * hour, { copies: [] });
    expect(dueTests(policy, world([found, made], [record, made]).known, new Date(now))).toEqual([
      'baobab/100',
    ]);
  });

  it('has no owner in what a discovery sees, unless one node alone has the storage', () => {
    const name = record.archive ?? '';
    const owners = (shared: boolean) => {
      const row = { volid: `nas:backup/${name}`, ctime: 5, size: 1, format: 'vma.zst', vmid: 100 };
      const text = JSON.stringify([row]);
      const said = { kind: 'said', text, bytes: text.length } as AnswerPart;
      const facts = {
        storages: [{ storage: 'nas', type: 'nfs', shared, active: true, backups: true }],
        contents: new Map([['nas', said]]),
        folders: new Map(),
        time: 1_795_000_000,
      };
      const answered = [
        { node: 'baobab', pveCluster: 'one', facts },
        { node: 'tapia', pveCluster: 'other', facts },
      ] as unknown as AnsweredNode[];
      const seen = seenArchives(answered, [mine, theirs], zonedTime('UTC'));
      return seen.archives.map(({ pveCluster }) => pveCluster);
    };
    expect(owners(true)).toEqual([undefined]);
    expect(owners(false)).toEqual(['one', 'other']);
  });
});
