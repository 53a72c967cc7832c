import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { type FailureCase, passingCases, standingCases } from '../../rig/backups/failure-cases.ts';
import { cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { FailureWorld } from './failure-world.ts';
import { addGuests, makeStanding } from './failures-made.ts';
import { passing } from './failures-passing.ts';

const isRoot = process.getuid?.() === 0;
let one: FailureWorld;
let seen: BackupOverview;

beforeAll(async () => {
  if (!isRoot || !cheapNodeTools.every(isOnPath)) return;
  one = await FailureWorld.start();
  await addGuests(one);
  one.setAhead(-27);
  await one.look();
  one.setAhead(0);
  await makeStanding(one);
  seen = await one.look();
}, 300_000);
afterAll(() => one?.stop());
beforeEach((context) => {
  if (!isRoot) unproven(context, 'nodes are made by root');
  requireTools(context, ...cheapNodeTools);
});

function expectCase(row: ReturnType<FailureWorld['row']>, { code, says = '', state }: FailureCase): void {
  const said = JSON.stringify(row.reasons);
  const found = row.reasons.filter((reason) => reason.code === code);
  expect(
    found.some(({ what }) => what.includes(says)),
    said,
  ).toBe(true);
  expect(row.state, said).toBe(state);
}

test('a guest of which nothing is wrong is good, beside all those', () => {
  expect(one.row('in order')).toMatchObject({ state: 'good', reasons: [] });
});

test.each(standingCases)('$id: $code, $state', (failure) => {
  expectCase(one.row(failure.id), failure);
});

test('what is no guest’s is listed apart: of guests that are gone, renamed, half', () => {
  expect(seen.ghosts).toMatchObject([{ vmid: 900, archives: 1 }]);
  const orphans = seen.orphans.map(({ archive, why }) => `${archive} ${why}`);
  expect(orphans).toContainEqual(expect.stringMatching(/-keep-this\.vma\.zst it was renamed/));
  expect(orphans).toContainEqual(
    expect.stringMatching(
      new RegExp(`#vzdump-qemu-${one.vmid('half an archive left')}-\\S+\\.dat half an archive`),
    ),
  );
});

test.each(passingCases)('$id: $code, $state', async (failure) => {
  const takeBack = await passing[failure.id](one);
  try {
    expectCase(one.row('in order'), failure);
  } finally {
    await takeBack();
  }
});

test('when all of that is taken back it is good again', async () => {
  await one.look();
  expect(one.row('in order')).toMatchObject({ state: 'good', reasons: [] });
});
