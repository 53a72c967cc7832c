import { expect, test } from 'vitest';
import { knownArchives } from '../../../electron/services/backups/archives/known-archives.ts';
import { dueTests } from '../../../electron/services/backups/prove/due-tests.ts';
import { scheduledTest } from '../../../electron/services/backups/prove/test-schedule.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import {
  archivesOf,
  guestOf,
  hour,
  iso,
  manifestOf,
  policyOf,
  recordOf,
  ruleOf,
} from '../../rig/backups/made-backups.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const day = 24 * hour;
const guests = [100, 101, 102].map((vmid) => guestOf(vmid));

function recordWith(
  vmid: number,
  testedDaysAgo?: number,
  outcome: 'passed' | 'failed' = 'passed',
): BackupRecord {
  const record = recordOf(guestOf(vmid), now - 3 * day);
  if (testedDaysAgo === undefined) return record;
  const at = iso(now - testedDaysAgo * day);
  return { ...record, checks: [{ at, kind: 'restore-test', place: 'storage:nas', outcome, detail: '' }] };
}

function knownOf(records: readonly BackupRecord[]) {
  const manifest = manifestOf(now - hour, {
    guests,
    archives: records.flatMap((record) => archivesOf(record)),
  });
  return { manifest, records, archives: knownArchives(manifest, records) };
}

const restoreTests = { vmids: { first: 9900, last: 9909 } };
const policy = policyOf([ruleOf({ restoreTest: { everyDays: 7, waitSeconds: 60 } })], { restoreTests });

test('due are guests that were never tested or not for so long; first those that wait longest', () => {
  const known = knownOf([recordWith(100, 6), recordWith(101, 8), recordWith(102)]);
  expect(dueTests(policy, known, new Date(now))).toEqual(['baobab/102', 'baobab/101']);
});

test('a failed test counts as one, a test of the future does not, and without an archive there is nothing to test', () => {
  expect(dueTests(policy, knownOf([recordWith(100, 1, 'failed')]), new Date(now))).toEqual([]);
  expect(dueTests(policy, knownOf([recordWith(100, -2)]), new Date(now))).toEqual(['baobab/100']);
});

test('a template is tested as others are: it is made of its archive, and not started', () => {
  const known = knownOf([recordWith(100)]);
  const manifest = {
    ...known.manifest,
    guests: known.manifest.guests.map((one) => ({ ...one, template: true })),
  };
  expect(dueTests(policy, { ...known, manifest }, new Date(now))).toEqual(['baobab/100']);
});

test('a policy without ids or without a rule for it wants none', () => {
  const known = knownOf([recordWith(100)]);
  const { restoreTests: _, ...without } = policy;
  expect(dueTests(without, known, new Date(now))).toEqual([]);
  expect(dueTests(policyOf([ruleOf()], { restoreTests }), known, new Date(now))).toEqual([]);
});

test('a look starts one test when none runs, and the same one not again at once', async () => {
  const known = knownOf([recordWith(100), recordWith(101)]);
  const started: string[] = [];
  let running = false;
  let at = now;
  const lab = {
    root: '/lab',
    backupPolicy: async () => ({ file: 'backups/policy.yaml', digest: '', value: policy }),
    listFiles: async () => ['manifest-2026-11-21.json'],
    readBytes: async () => Buffer.from(JSON.stringify(known.manifest)),
  };
  const look = scheduledTest({
    lab: lab as never,
    records: { all: async () => [...known.records] } as never,
    clock: { now: () => new Date(at) },
    jobs: {
      list: async () => [{ kind: 'backup-restore-test', state: running ? 'running' : 'done' }],
    } as never,
    start: async (guest) => void started.push(guest),
  });
  running = true;
  expect(await look()).toBeUndefined();
  running = false;
  await look();
  await look();
  await look();
  expect(started).toEqual(['baobab/100', 'baobab/101']);
  at += 7 * hour;
  await look();
  expect(started).toEqual(['baobab/100', 'baobab/101', 'baobab/100']);
});
