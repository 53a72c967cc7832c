import { describe, expect, it } from 'vitest';
import { decideArchives, type PruneFacts } from '../../../electron/services/backups/prune/decide.ts';
import type { Archive, Guest } from '../../../shared/schemas/backup-manifest.ts';
import type { BackupCheck, BackupRecord } from '../../../shared/schemas/backup-record.ts';
import {
  archivesOf,
  guestOf,
  hour,
  iso,
  policyOf,
  recordOf,
  ruleOf,
} from '../../rig/backups/made-backups.ts';

const newest = Date.UTC(2026, 10, 20, 2, 30);
const day = 24 * hour;
const web = guestOf(100);

/** One backup a day, newest first, the newest of them with what a test says of it. */
function daily(count: number, more: Partial<BackupRecord> = {}, guest: Guest = web): BackupRecord[] {
  return Array.from({ length: count }, (_, index) =>
    recordOf(guest, newest - index * day, index === 0 ? more : {}),
  );
}

function decide(facts: Partial<PruneFacts> & Pick<PruneFacts, 'records'>) {
  return decideArchives({
    archives: facts.records.flatMap((record) => archivesOf(record)),
    guests: [web],
    policy: policyOf([ruleOf({ keep: keepLast(2) })], { safety: { maximumShare: 1 } }),
    ...facts,
  });
}

const keepLast = (last: number) => ({ last, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 });

/** `storage keep-last`, in the order of the plan. */
function rules(planned: ReturnType<typeof decide>, place = 'storage:nas'): string[] {
  return planned.filter((one) => one.place === place).map(({ rule }) => rule);
}

const check = (more: Partial<BackupCheck>): BackupCheck => ({
  at: iso(newest + hour),
  kind: 'checksum',
  place: 'storage:nas',
  outcome: 'passed',
  detail: '',
  ...more,
});

const copies = (state: 'verified' | 'pending' | 'failed') => [{ target: 'offsite', state }];

/** The plan at the storage when one of four daily archives is another one than was made. */
const changed = (change: Partial<Archive>, at: number) => {
  const records = daily(4);
  const archives = records.flatMap((record, index) => archivesOf(record, index === at ? change : {}));
  return decide({ records, archives }).filter(({ place }) => place === 'storage:nas');
};

describe('what a prune decides', () => {
  it('is the rule of the guest, at its storage and at its targets by their own numbers', () => {
    const policy = policyOf([ruleOf({ keep: keepLast(2), keepOn: { offsite: keepLast(3) } })], {
      safety: { maximumShare: 1 },
    });
    const planned = decide({ records: daily(4), policy });
    expect(rules(planned)).toEqual(['keep-last', 'keep-last', 'not-kept', 'not-kept']);
    expect(rules(planned, 'target:offsite')).toEqual(['keep-last', 'keep-last', 'keep-last', 'not-kept']);
    expect(planned.filter(({ mark }) => mark === 'remove').map(({ why }) => why)).toEqual([
      'the rule daily keeps last 2',
      'the rule daily keeps last 2',
      'the rule daily keeps last 3',
    ]);
  });

  it('keeps one guest from going by the backups of another that has its id, on a storage that both have', () => {
    const other = guestOf(100, { pveCluster: 'ebony', node: 'ebony' });
    const guests = [web, other];
    const theirs = recordOf(other, newest - hour, { checks: [check({})] });
    const records = [...daily(3, { checks: [check({})] }), theirs];
    // A node of one cluster lists all of them, and takes them for its own.
    const archives = records
      .flatMap((record) => archivesOf(record, { pveCluster: 'madagascar' }))
      .filter(({ place }) => place === 'storage:nas');
    const policy = policyOf([ruleOf({ keep: keepLast(1) })], { safety: { maximumShare: 1 } });
    const marks = (known: readonly BackupRecord[]) =>
      Object.fromEntries(
        decide({ records: [...known], archives, guests, policy }).map(({ name, mark }) => [name, mark]),
      );
    const [first, second, third] = records.map(({ archive }) => archive ?? '');
    expect(marks(records)).toEqual({
      [first ?? '']: 'keep',
      [second ?? '']: 'remove',
      [third ?? '']: 'remove',
      [theirs.archive ?? '']: 'keep',
    });
    // What nobody knows the maker of stays.
    expect(Object.values(marks([]))).toEqual(['keep', 'keep', 'keep', 'keep']);
  });

  it('says in words what each decision stands on', () => {
    const records = [0, 1, 24, 25, 24 * 8].map((hours) => recordOf(web, newest - hours * hour));
    const keep = { ...keepLast(0), daily: 1, weekly: 2 };
    const policy = policyOf([ruleOf({ keep, targets: [] })], { safety: { maximumShare: 1 } });
    const planned = decide({ records, policy }).filter(({ place }) => place === 'storage:nas');
    expect(planned.map(({ rule, why }) => `${rule}: ${why}`)).toEqual([
      'keep-daily: the newest of 2026-11-20',
      'not-kept: vzdump-qemu-100-2026_11_20-02_30_00.vma.zst is the newest of 2026-11-20',
      'not-kept: the rule daily keeps daily 1, weekly 2',
      'not-kept: the rule daily keeps daily 1, weekly 2',
      'keep-weekly: the newest of week 46 of 2026',
    ]);
  });

  it.each<[string, Partial<PruneFacts>]>([
    ['a guest that is gone', { guests: [] }],
    ['another guest of the same id, in another cluster', { guests: [guestOf(100, { pveCluster: 'other' })] }],
    ['a guest of another type', { guests: [guestOf(100, { type: 'lxc' })] }],
    ['an excluded guest', { policy: policyOf([ruleOf({ keep: keepLast(1) })], { exclude: [100] }) }],
    ['a guest in no rule', { policy: policyOf([ruleOf({ guests: ['tag:db'], keep: keepLast(1) })]) }],
    [
      'a guest of which tags are not known, where tags count',
      {
        guests: [guestOf(100, { source: 'other-node' })],
        policy: policyOf([
          ruleOf({ name: 'db', guests: ['tag:db'], keep: keepLast(9) }),
          ruleOf({ keep: keepLast(1) }),
        ]),
      },
    ],
    [
      'a rule about another storage',
      { policy: policyOf([ruleOf({ storage: 'local', targets: [], keep: keepLast(1) })]) },
    ],
    [
      'a storage that vzdump prunes',
      { policy: policyOf([ruleOf({ pruneBy: 'vzdump', targets: [], keep: keepLast(1) })]) },
    ],
    ['a rule that keeps everything', { policy: policyOf([ruleOf({ keep: keepLast(0) })]) }],
    ['a prune of other guests', { isAskedFor: () => false }],
  ])('keeps all of %s', (_what, facts) => {
    const planned = decide({ records: daily(5), ...facts });
    expect(new Set(planned.map(({ mark, rule }) => `${mark} ${rule}`))).toEqual(new Set(['keep keep-all']));
    expect(planned.every(({ why }) => why !== '')).toBe(true);
  });

  it('counts each guest, type and cluster by itself', () => {
    const others = [guestOf(101), guestOf(100, { type: 'lxc' }), guestOf(100, { pveCluster: 'other' })];
    // Each at its own minute: one storage has one archive of a name.
    const records = [web, ...others].flatMap((guest, index) =>
      [0, 1].map((days) => recordOf(guest, newest - days * day - index * 60_000)),
    );
    expect(rules(decide({ records, guests: [web, ...others] }))).toEqual(
      Array.from({ length: 8 }, () => 'keep-last'),
    );
  });
});

describe('an archive that came in the stead of others', () => {
  it.each<[string, Partial<BackupRecord>, boolean]>([
    ['was only made', { copies: [] }, false],
    ['was read again and is right', { copies: [], checks: [check({})] }, true],
    ['was unpacked without an error', { copies: [], checks: [check({ kind: 'compression' })] }, true],
    ['was restored, and its guest answered', { copies: [], checks: [check({ kind: 'restore-test' })] }, true],
    ['was read at another place', { copies: [], checks: [check({ place: 'target:offsite' })] }, false],
    ['could not be looked into', { copies: [], checks: [check({ outcome: 'unavailable' })] }, false],
    ['was compared with its copy', { copies: copies('verified') }, true],
    ['is not copied yet', { copies: copies('pending') }, false],
    ['could not be copied', { copies: copies('failed') }, false],
    [
      'was found wrong after it was found right',
      { checks: [check({}), check({ outcome: 'failed', at: iso(newest + 2 * hour) })] },
      false,
    ],
    [
      'was found right after it was found wrong',
      { checks: [check({ outcome: 'failed' }), check({ at: iso(newest + 2 * hour) })] },
      true,
    ],
    [
      'is right by one kind of check and wrong by another',
      { checks: [check({ outcome: 'failed', kind: 'structure' }), check({ at: iso(newest + 2 * hour) })] },
      false,
    ],
  ])('%s', (_what, more, lets) => {
    const left = lets ? ['not-kept', 'not-kept'] : ['replacement-unverified', 'replacement-unverified'];
    expect(rules(decide({ records: daily(4, more) }))).toEqual(['keep-last', 'keep-last', ...left]);
  });

  it('is not known to anybody', () => {
    const [first, ...records] = daily(4);
    const archives = [first, ...records].flatMap((record) =>
      record === undefined ? [] : archivesOf(record),
    );
    const planned = decide({ archives, records });
    expect(rules(planned).slice(2)).toEqual(['replacement-unverified', 'replacement-unverified']);
    expect(planned.find(({ rule }) => rule === 'replacement-unverified')?.why).toBe(
      'vzdump-qemu-100-2026_11_20-02_30_00.vma.zst is kept in its stead and is not verified',
    );
  });
});

describe('what nobody can tell the state of', () => {
  it('stays, and says why', () => {
    const [size, future] = [changed({ sizeBytes: 5 }, 3), changed({ fromTheFuture: true }, 3)];
    expect(size[3]).toMatchObject({
      mark: 'keep',
      rule: 'unknown-state',
      why: expect.stringMatching(/^it has 5 bytes/),
    });
    expect(future[3]).toMatchObject({
      mark: 'keep',
      rule: 'unknown-state',
      why: expect.stringMatching(/yet to come/),
    });
  });

  it('stands for nothing that would go', () => {
    expect(
      changed({ fromTheFuture: true, ctime: newest / 1000 + 999_999 }, 3).map(({ rule }) => rule),
    ).toEqual(['keep-last', 'keep-last', 'replacement-unverified', 'replacement-unverified']);
  });

  it('is not counted when only a part of it is there', () => {
    const partial = {
      partial: true,
      name: 'vzdump-qemu-100-2026_11_20-02_30_00.vma.dat',
      standardName: false,
    };
    const planned = changed(partial, 0);
    expect(planned.map(({ mark, rule }) => `${mark} ${rule}`).toSorted()).toEqual([
      'keep keep-last',
      'keep keep-last',
      'keep unknown-state',
      'remove not-kept',
    ]);
  });

  it('is not touched where its name does not say whose it is', () => {
    const planned = changed(
      { type: undefined, vmid: undefined, standardName: false, name: 'old.vma.zst' },
      3,
    );
    expect(planned.map(({ mark }) => mark).toSorted()).toEqual(['keep', 'keep', 'remove', 'renamed']);
  });
});
