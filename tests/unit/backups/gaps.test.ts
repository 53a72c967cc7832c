import { expect, it, test } from 'vitest';
import { isWhole } from '../../../electron/cli/commands/backups-discover.ts';
import { placesOf } from '../../../electron/services/backups/prune/look-at-places.ts';
import { refuseUnknownPlaces } from '../../../electron/services/backups/prune/prune-problems.ts';
import { backupJob } from '../../../electron/services/backups/run/backup-job.ts';
import { RunLanes } from '../../../electron/services/backups/run/run-lanes.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import type { PlannedGuest } from '../../../shared/schemas/backup-plans.ts';
import { guestOf, manifestOf, nodeOf } from '../../rig/backups/made-backups.ts';

const problem: ProblemRecord = { code: 'STORAGE_UNUSABLE', what: 'It hangs.', state: '', next: '' };
const [nas] = nodeOf('baobab').storages;
if (nas === undefined) throw new Error('a node has a storage');

it.each([
  ['nodes that said everything', nodeOf('baobab'), true],
  ['a node without Proxmox', nodeOf('baobab', { state: 'not-proxmox', problem }), true],
  ['a silent node', nodeOf('baobab', { state: 'silent', problem }), false],
  ['a node that did not say all', nodeOf('baobab', { problem }), false],
  ['a storage that was not listed', nodeOf('baobab', { storages: [{ ...nas, problem }] }), false],
])('says whether it is whole: %s', (_what, node, whole) => {
  expect(isWhole({ nodes: [nodeOf('ebony'), node] })).toBe(whole);
});

it.each([
  ['storage:nas', [], undefined],
  ['target:offsite', [], undefined],
  ['storage:typo', [], 'STORAGE_UNKNOWN'],
  ['storage:baobab/typo', [], 'STORAGE_UNKNOWN'],
  ['target:typo', [], 'TARGET_UNKNOWN'],
  ['storage:typo', ['tapia'], undefined],
  ['storage:tapia/own', ['tapia'], undefined],
  ['storage:baobab/typo', ['tapia'], 'STORAGE_UNKNOWN'],
  ['target:typo', ['tapia'], 'TARGET_UNKNOWN'],
])('a prune of %s, while %j is silent, is refused with %s', (place, silent, code) => {
  const nodes = [nodeOf('baobab'), ...silent.map((node) => nodeOf(node, { state: 'silent', storages: [] }))];
  const refuse = () => refuseUnknownPlaces([place], placesOf(manifestOf(0, { nodes })));
  if (code === undefined) expect(refuse).not.toThrow();
  else expect(refuse).toThrow(code);
});

test('a run without targets has no step of copies', () => {
  const { pveCluster, type, vmid, node } = guestOf(100);
  const planned = (targets: readonly string[]) =>
    [{ guest: { pveCluster, type, vmid, node }, targets }] as unknown as PlannedGuest[];
  const stepsOf = (targets: readonly string[]) =>
    backupJob(
      { lab: { root: '/lab' } } as Parameters<typeof backupJob>[0],
      { digest: '', plan: { guests: planned(targets) } } as Parameters<typeof backupJob>[1],
    ).steps.map(({ id }) => id);
  expect(stepsOf([])).toEqual(['backup']);
  expect(stepsOf(['attic'])).toEqual(['backup', 'copy']);
  const told: string[] = [];
  const lanes = new RunLanes(planned([]), { progress: ({ step }) => void told.push(step) });
  lanes.beginCopies();
  expect(new Set(told)).toEqual(new Set(['backup']));
  lanes.toCopy('baobab/100', 5);
  lanes.beginCopies();
  expect(told.at(-1)).toBe('copy');
});
