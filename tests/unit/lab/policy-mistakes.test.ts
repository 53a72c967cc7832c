import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { idleInPolicy } from '../../../electron/services/lab/backup-files.ts';
import { parseCluster, parsePolicy } from '../../../electron/services/lab/known-files.ts';
import { Problem, type ProblemRecord } from '../../../shared/problem.ts';
import { manifestSchema } from '../../../shared/schemas/backup-manifest.ts';
import { backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';
import { clusterFileSchema } from '../../../shared/schemas/cluster.ts';

const right = `# Ours.
schema: sifaka.backup-policy/1
timezone: Europe/Berlin
rules:
  - name: databases
    guests: ['tag:db', baobab/100]
    storage: nas
    targets: [attic]
    keep: {last: 3}
    keepOn:
      attic: {monthly: 6}
  - name: everyone
    guests: [all]
    storage: nas
    schedule: {at: '02:30', days: [mon]}
exclude: [node:ebony, 9000]
`;
const cluster = clusterFileSchema.parse({
  clusters: {
    madagascar: {
      nodes: { baobab: {}, ebony: {} },
      backups: { targets: { attic: { kind: 'node-folder', path: '/mnt/attic' } } },
    },
  },
});
const file = 'backups/policy.yaml';

function problemOf(text: string, known: Parameters<typeof parsePolicy>[2]): ProblemRecord | undefined {
  try {
    parsePolicy(file, Buffer.from(text), known);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.toRecord();
    throw error;
  }
}

describe('a policy', () => {
  it('that is right is read, with defaults', () => {
    const { value } = parsePolicy(file, Buffer.from(right), cluster);
    expect(value.rules[0]).toMatchObject({ mode: 'snapshot', windowHours: 26, pruneBy: 'sifaka' });
    expect(value.safety.maximumShare).toBe(0.5);
  });

  it.each([
    [
      'another time zone',
      'Europe/Berlin',
      'Mars/Olympus',
      3,
      'timezone must be a time zone, as in Europe/Berlin',
    ],
    ['no time of day', "'02:30'", "'2:30'", 15, 'rules.1.schedule.at must be a time of day, as in 02:30'],
    [
      'an unknown key',
      'storage: nas\n    targets',
      'storage: nas\n    target: attic\n    targets',
      8,
      'rules.0.target is not a key that is known here',
    ],
    ['no storage', '    storage: nas\n    schedule', '    schedule', 12, 'rules.1.storage is missing'],
    [
      'a name twice',
      'name: everyone',
      'name: databases',
      12,
      'rules.1.name is databases, which rule 0 has already',
    ],
    [
      'a target that is not there',
      '[attic]',
      '[attic, offsite]',
      8,
      'rules.0.targets.1 names the target offsite, which is not under backups.targets of the cluster file',
    ],
    ['a target twice', '[attic]', '[attic, attic]', 8, 'rules.0.targets.1 names attic a second time'],
    [
      'numbers for no target',
      'attic: {monthly',
      'nowhere: {monthly',
      11,
      'rules.0.keepOn.nowhere is for a target that is not under targets of this rule',
    ],
    [
      'a node that is not there',
      'baobab/100',
      'titan/100',
      6,
      'rules.0.guests.1 names the node titan, which the cluster file has not',
    ],
    [
      'a node that is not there, to exclude',
      'node:ebony',
      'node:tapia',
      16,
      'exclude.0 names the node tapia, which the cluster file has not',
    ],
    [
      'a selector of no kind',
      'node:ebony',
      'label:x',
      16,
      'exclude.0 must be all, node:NODE, NODE/VMID, VMID, tag:TAG or pool:POOL',
    ],
    [
      'exports that vzdump shall prune',
      'guests: [all]',
      'guests: [all]\n    method: export\n    pruneBy: vzdump',
      15,
      'rules.1.pruneBy cannot be vzdump with the method export',
    ],
    ['a newer schema', 'backup-policy/1', 'backup-policy/2', undefined, 'is written for a newer Sifaka'],
  ])('with %s names the line and the fix', (_what, from, to, line, words) => {
    expect(right).toContain(from);
    const problem = problemOf(right.replace(from, to), cluster);
    expect(problem?.code).toBe(line === undefined ? 'LAB_SCHEMA_NEWER' : 'LAB_FILE_INVALID');
    expect(problem?.what).toContain(words);
    expect(problem?.where).toEqual({ file, ...(line && { line, column: expect.any(Number) }) });
  });

  it('is not told wrong about names in a cluster file that cannot be read, and knows none without one', () => {
    expect(problemOf(right, 'unreadable')).toBeUndefined();
    const problem = problemOf(right, undefined);
    expect([problem?.what, ...(problem?.more ?? [])]).toEqual([
      `${file} line 6: rules.0.guests.1 names the node baobab, which the cluster file has not`,
      `${file} line 8: rules.0.targets.0 names the target attic, which is not under backups.targets of the cluster file`,
      `${file} line 16: exclude.0 names the node ebony, which the cluster file has not`,
    ]);
  });

  it('has selectors that mean nobody, and rules that never count', () => {
    const policy = backupPolicySchema.parse({
      ...parse(right),
      rules: [
        { name: 'first', guests: ['all', 'tag:none'], storage: 'nas' },
        { name: 'late', guests: [100], storage: 'nas' },
      ],
      exclude: ['pool:gone'],
    });
    const manifest = manifestSchema.parse({
      schema: 'sifaka.backup-manifest/1',
      at: '2026-11-20T14:00:00Z',
      cluster: 'madagascar',
      nodes: [{ node: 'baobab', state: 'answered' }],
      guests: [
        { pveCluster: 'm', type: 'qemu', vmid: 100, node: 'baobab', status: 'running', source: 'pvesh' },
      ],
      archives: [],
      changes: {
        guestsAdded: [],
        guestsGone: [],
        guestsMoved: [],
        archivesAdded: 0,
        archivesGone: [],
        nodesSilent: [],
      },
    });
    expect(idleInPolicy(policy, manifest)).toEqual([
      'tag:none means no guest',
      'pool:gone means no guest',
      'the rule late counts for no guest, since others come before it',
    ]);
    const silent = {
      ...manifest,
      nodes: [{ node: 'ebony', state: 'silent' as const, storages: [], routes: [] }],
    };
    expect(idleInPolicy(policy, silent)).toEqual([]);
  });
});

it('a target of the cluster file on a server that is not there is a mistake', () => {
  const text = `{"clusters": {"m": {"nodes": {}, "backups": {
    "servers": {"nas": {"address": "10.0.0.1"}},
    "targets": {"attic": {"kind": "node-folder", "server": "none", "path": "/mnt/attic"}}}}}}`;
  expect(() => parseCluster('cluster/m.json', Buffer.from(text))).toThrow(
    'line 3: clusters.m.backups.targets.attic.server names the server none, which is not under backups.servers',
  );
});
