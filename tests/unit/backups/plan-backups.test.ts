import { expect, test } from 'vitest';
import { guestOf } from '../../rig/backups/made-backups.ts';
import type { NodeFacts } from '../../../electron/services/backups/run/ask-guests.ts';
import { planBackups } from '../../../electron/services/backups/run/plan-backups.ts';
import type { BackupFacts } from '../../../electron/services/backups/run/plan-facts.ts';
import {
  guestConfigOf,
  guestRowsOf,
  storageRowsOf,
} from '../../../electron/services/backups/run/pve-rows.ts';
import { backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';
import { backupRecordSchema } from '../../../shared/schemas/backup-record.ts';

const nas = {
  storage: 'nas',
  type: 'nfs',
  content: 'backup,images',
  shared: true,
  enabled: true,
  active: true,
};
const ids = {
  run: '11111111-1111-4111-8111-111111111111',
  record: '22222222-2222-4222-8222-222222222222',
};

function nodeOf(changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    node: 'baobab',
    host: 'baobab',
    pveCluster: 'madagascar',
    guests: [{ type: 'qemu', vmid: 100, node: 'baobab', status: 'running', name: 'web', maxdisk: 32e9 }],
    storages: [nas],
    unread: { guests: 0, storages: 0 },
    missingTools: [],
    configs: new Map(),
    runs: [],
    ...changes,
  };
}

function factsOf(changes: Partial<BackupFacts> = {}): BackupFacts {
  return {
    at: new Date('2026-11-20T12:00:00Z'),
    policy: backupPolicySchema.parse({
      schema: 'sifaka.backup-policy/1',
      timezone: 'Etc/UTC',
      rules: [
        { name: 'all', guests: ['all'], storage: 'nas', schedule: { at: '02:30' }, targets: ['offsite'] },
      ],
    }),
    nodes: [{ node: 'baobab', facts: nodeOf() }],
    records: [],
    known: [],
    targets: ['offsite'],
    idFor: () => ids.run,
    ...changes,
  };
}

const madeAt = (startedAt: string, changes: object = {}) =>
  backupRecordSchema.parse({
    id: ids.record,
    guest: { pveCluster: 'madagascar', type: 'qemu', vmid: 100, node: 'baobab' },
    by: 'operator',
    method: 'vzdump',
    mode: 'snapshot',
    compress: 'zstd',
    storage: 'nas',
    startedAt,
    endedAt: startedAt,
    outcome: 'made',
    place: 'storage:nas',
    archive: 'vzdump-qemu-100-2026_11_20-02_30_00.vma.zst',
    sizeBytes: 1e9,
    ...changes,
  });

function refusalOf(changes: Partial<NodeFacts>, request = {}) {
  return planBackups(
    { guests: ['baobab/100'], ...request },
    factsOf({
      nodes: [{ node: 'baobab', facts: nodeOf(changes) }],
      records: [madeAt('2026-11-18T02:30:01Z')],
    }),
  ).guests[0]?.refusal?.code;
}

test('the same request and facts give the same plan', () => {
  expect(planBackups({ guests: ['baobab/100'] }, factsOf())).toEqual(
    planBackups({ guests: ['baobab/100'] }, factsOf()),
  );
});

test.each([
  ['never backed up', [], 1],
  ['backed up before its time', [madeAt('2026-11-20T02:29:00Z')], 1],
  ['backed up since', [madeAt('2026-11-20T02:30:01Z')], 0],
  ['its newest backup is of a clock that was years ahead', [madeAt('2030-11-20T02:30:01Z')], 1],
  [
    'that is so, and it was backed up since',
    [madeAt('2030-11-20T02:30:01Z'), madeAt('2026-11-20T02:30:01Z')],
    0,
  ],
  ['only tried since', [madeAt('2026-11-20T02:30:01Z', { outcome: 'failed' })], 1],
])('due when %s', (_, records, count) => {
  expect(planBackups({ guests: 'due' }, factsOf({ records })).guests).toHaveLength(count);
});

test('a guest that is named twice is backed up once', () => {
  expect(planBackups({ guests: ['baobab/100', 'baobab/100'] }, factsOf({})).guests).toHaveLength(1);
});

test('a guest that moved to another node of its cluster has the records that it had', () => {
  const facts = nodeOf({
    node: 'ebony',
    host: 'ebony',
    guests: [{ type: 'qemu', vmid: 100, node: 'ebony', status: 'running' }],
  });
  const records = [madeAt('2026-11-20T02:30:01Z')];
  const plan = planBackups({ guests: 'due' }, factsOf({ nodes: [{ node: 'ebony', facts }], records }));
  expect(plan.guests).toEqual([]);
});

test('the guests of a silent node are in what is due, refused, as they were last seen', () => {
  const problem = { code: 'NODE_SILENT', what: 'silent', state: '', next: '' } as const;
  const guest = {
    pveCluster: 'baobab',
    type: 'lxc',
    vmid: 101,
    node: 'baobab',
    status: 'running',
    template: false,
    tags: [],
    excludedDisks: [],
    source: 'pvesh',
  } as const;
  const facts = factsOf({
    nodes: [{ node: 'baobab', problem }],
    known: [{ ...guest, tags: [], excludedDisks: [] }],
  });
  expect(planBackups({ guests: 'due' }, facts).guests).toMatchObject([
    { guest: { vmid: 101, type: 'lxc' }, rule: 'all', refusal: { code: 'NODE_SILENT' } },
  ]);
});

test('a backup of today without its copies is gone on with, unless a new one is asked for', () => {
  const copies = [{ target: 'offsite', state: 'failed' }];
  const records = [madeAt('2026-11-20T02:30:01Z', { copies })];
  const [planned] = planBackups({ guests: ['baobab/100'] }, factsOf({ records })).guests;
  expect(planned).toMatchObject({ action: 'continue', id: ids.record, targets: ['offsite'] });
  const [anew] = planBackups({ guests: ['baobab/100'], anew: true }, factsOf({ records })).guests;
  expect(anew?.action).toBe('new');
  const old = [madeAt('2026-11-18T02:30:01Z', { copies })];
  expect(planBackups({ guests: ['baobab/100'] }, factsOf({ records: old })).guests[0]?.action).toBe('new');
  // The target has been away since yesterday, and tonight's backup is due.
  const yesterday = [madeAt('2026-11-19T12:30:00Z', { copies })];
  for (const guests of ['due' as const, ['baobab/100']])
    expect(planBackups({ guests }, factsOf({ records: yesterday })).guests[0]).toMatchObject({
      action: 'new',
      targets: ['offsite'],
    });
  // What a prune took away is not missing.
  const pruned = [
    madeAt('2026-11-20T02:30:01Z', { copies: [{ ...copies[0], prunedAt: '2026-11-20T03:00:00Z' }] }),
  ];
  expect(planBackups({ guests: ['baobab/100'] }, factsOf({ records: pruned })).guests[0]?.action).toBe('new');
});

test('a run that its node still knows is gone on with, and not while it is an agent’s', () => {
  const request = {
    by: 'operator',
    type: 'qemu',
    vmid: 100,
    storage: 'nas',
    mode: 'stop',
    compress: 'zstd',
    bwlimit: 7,
    prune: '-',
    method: 'vzdump',
  } as const;
  const planFor = (by: 'operator' | 'agent') => {
    const facts = nodeOf({ runs: [{ id: ids.record, state: 'cut-off', request: { ...request, by } }] });
    return planBackups({ guests: ['baobab/100'] }, factsOf({ nodes: [{ node: 'baobab', facts }] })).guests[0];
  };
  expect(planFor('operator')).toMatchObject({
    action: 'continue',
    id: ids.record,
    mode: 'stop',
    bandwidthLimit: 7,
  });
  expect(planFor('agent')).toMatchObject({ action: 'new', id: ids.run });
});

test('less room than the last backup took, high availability, a server that keeps no files, a tool that is missing', () => {
  expect(refusalOf({ storages: [{ ...nas, avail: 9e8, total: 1e12 }] })).toBe('STORAGE_FULL');
  expect(refusalOf({ storages: [{ ...nas, avail: 2e9, total: 1e12 }] })).toBeUndefined();
  expect(refusalOf({ storages: [{ ...nas, type: 'pbs' }] })).toBe('STORAGE_UNUSABLE');
  expect(refusalOf({ storages: [{ ...nas, content: 'images' }] })).toBe('STORAGE_UNUSABLE');
  expect(refusalOf({ storages: [{ ...nas, enabled: false }] })).toBe('STORAGE_UNUSABLE');
  const guests = [{ type: 'qemu' as const, vmid: 100, node: 'baobab', hastate: 'started' }];
  expect(refusalOf({ guests }, { mode: 'stop' })).toBe('BACKUP_REFUSED');
  expect(refusalOf({ guests }, { mode: 'snapshot' })).toBeUndefined();
  expect(refusalOf({ missingTools: ['vma'] }, { method: 'export' })).toBe('BACKUP_REFUSED');
});

test('without a policy a guest is backed up where it is told to, and nothing is due', () => {
  const facts = factsOf({ policy: undefined });
  expect(planBackups({ guests: ['baobab/100'] }, facts).guests[0]?.refusal?.code).toBe('BACKUP_REFUSED');
  expect(planBackups({ guests: ['baobab/100'], storage: 'nas' }, facts).guests[0]?.refusal).toBeUndefined();
  expect(() => planBackups({ guests: 'due' }, facts)).toThrow('POLICY_MISSING');
});

test('a node that is in the cluster file twice has its guests planned once, and is named', () => {
  const nodes = ['baobab', 'bao2'].map((node) => ({ node, facts: nodeOf({ node }) }));
  const { guests } = planBackups({ guests: 'all' }, factsOf({ nodes }));
  expect(guests.map(({ guest }) => guest.node)).toEqual(['baobab']);
  expect(guests[0]?.warnings.join(' ')).toContain('baobab and bao2 are one node');
});

test('a guest or a storage that may be in a row nobody can read is refused by that, not unknown', () => {
  const guests = { guests: [], unread: { guests: 1, storages: 0 } };
  expect(refusalOf(guests)).toBe('PVE_ANSWER_INVALID');
  expect(refusalOf({ guests: [] })).toBe('GUEST_UNKNOWN');
  expect(refusalOf({ storages: [], unread: { guests: 0, storages: 2 } })).toBe('PVE_ANSWER_INVALID');
  expect(refusalOf({ storages: [] })).toBe('STORAGE_UNKNOWN');
  const nodes = [{ node: 'baobab', facts: nodeOf(guests) }];
  const { guests: planned } = planBackups({ guests: 'all' }, factsOf({ nodes, known: [guestOf(100)] }));
  expect(planned.map(({ refusal }) => refusal?.code)).toEqual(['PVE_ANSWER_INVALID']);
});

test('rows of any version are read, and what is none of them is counted', () => {
  expect(guestRowsOf('')).toBeUndefined();
  expect(guestRowsOf('not json')).toBeUndefined();
  const rows = guestRowsOf(
    'ipcc_send_rec[1] failed: Connection refused\n[{"type":"qemu","vmid":100,"node":"baobab","status":"unknown"},{"type":"storage"},7,{"type":"lxc","vmid":"x"}]\n',
  );
  expect(rows).toEqual({
    rows: [{ type: 'qemu', vmid: 100, node: 'baobab', status: 'unknown' }],
    unread: 2,
  });
  expect(storageRowsOf('[{"storage":"nas","type":"nfs","active":"1","avail":"12"},{}]')).toMatchObject({
    rows: [{ active: true, avail: 12 }],
    unread: 1,
  });
  const config = [
    '100',
    'lock: backup',
    'scsi0: nas:1,size=4M',
    'scsi1: nas:2,backup=0',
    'ide2: none,media=cdrom,backup=0',
    '[snap]',
    'lock: rollback',
    'scsi3: nas:3,backup=0',
  ];
  expect(guestConfigOf(config.join('\n'))).toEqual({ vmid: 100, lock: 'backup', excluded: ['scsi1'] });
  expect(guestConfigOf('101\nrootfs: a\nmp0: b,mp=/x\nmp1: c,backup=1')?.excluded).toEqual(['mp0']);
});
