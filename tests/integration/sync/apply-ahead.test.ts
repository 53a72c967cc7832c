import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyPlan } from '../../../electron/services/sync/engine/apply-plan.ts';
import { lockLost } from '../../../electron/services/sync/engine/apply-problems.ts';
import { mountFileSystem, requireFileSystems } from '../../rig/file-systems/mount-file-system.ts';
import { heldLock, newIteration, planOf } from './hand-made.ts';
import { syncAnswers } from './sync-answers.ts';
import { apply, makeTree, treeOf, twoRoots } from './two-roots.ts';

/** Each operation is a batch, so that the next one is prepared while it is carried out. */
const batches = { operations: 1, bytes: 1 };

test('what was prepared for a batch that is not reached is taken away, but for folders, which are answered', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a', b: 'b', 'c/file': 'c', d: 'd' });
  const plan = planOf(
    pair,
    ['a', 'b', 'c', 'c/file', 'd'].map((take) => ({ take })),
  );
  const lock = { ...heldLock(), confirm: () => Promise.reject(lockLost()) };
  const applied = await apply(pair, plan, { batches: { operations: 2, bytes: 2 }, lock });
  expect(applied.error).toMatchObject({ code: 'SYNC_LOCK_LOST' });
  expect(treeOf(pair.dest)).toEqual({ c: null });
  expect(applied.operations.map(({ filepath, status }) => [filepath, status])).toEqual([['c/', 'success']]);
  expect(temporariesIn(pair.dest)).toEqual([]);
});

test('a batch that was prepared while a sync failed does not get its names by the next sync', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a', b: 'b', c: 'c' });
  const plan = planOf(
    pair,
    ['a', 'b', 'c'].map((take) => ({ take })),
  );
  syncAnswers(join(pair.dest, '../tools'), 1, 0, 0, 0);
  const applied = await apply(pair, plan, { batches });
  expect(applied.error).toBeUndefined();
  // Linux tells of a failed write once: the first sync may have been told of a write of `b`.
  expect(treeOf(pair.dest)).toEqual({ c: 'c' });
  expect(applied.operations.map(({ filepath, status }) => [filepath, status])).toEqual([
    ['a', 'fail'],
    ['b', 'fail'],
    ['c', 'success'],
  ]);
  expect(temporariesIn(pair.dest)).toEqual([]);
});

test('with a single thread nothing is prepared ahead: names would wait for a copy', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a', b: 'b' });
  const plan = planOf(
    pair,
    ['a', 'b'].map((take) => ({ take })),
  );
  syncAnswers(join(pair.dest, '../tools'), 1);
  await apply(pair, plan, { batches, workers: 1 });
  // It was begun after the sync had failed, and so has nothing to do with that.
  expect(treeOf(pair.dest)).toEqual({ b: 'b' });
});

test('whoever wants to hear no more of it finds nothing that was prepared', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a', b: 'b', c: 'c' });
  const plan = planOf(
    pair,
    ['a', 'b', 'c'].map((take) => ({ take })),
  );
  const { signal } = new AbortController();
  const options = { iteration: newIteration(pair), lock: heldLock(), workers: 2, batches, signal };
  for await (const batch of applyPlan(plan, pair.roots, options)) {
    expect(batch.operations.map(({ filepath }) => filepath)).toEqual(['a']);
    break;
  }
  expect(treeOf(pair.dest)).toEqual({ a: 'a' });
  expect(temporariesIn(pair.dest)).toEqual([]);
});

/** Much enough for the disk to be kept busy with it; it is a hole. */
function makeMuch(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 600 * 2 ** 20);
}

test('what a sync is told while much is copied is not forgotten by the one that follows', async () => {
  const pair = await twoRoots();
  makeMuch(join(pair.src, 'much'));
  const answered = syncAnswers(join(pair.dest, '../tools'), 1);
  const applied = await apply(pair, planOf(pair, [{ take: 'much' }]));
  // One at least was asked while it was copied, two after it.
  expect(answered()).toBeGreaterThan(2);
  expect(applied.operations.map(({ filepath, status }) => [filepath, status])).toEqual([['much', 'fail']]);
  expect(applied.error).toMatchObject({ code: 'SYNC_INCOMPLETE' });
  expect(treeOf(pair.dest)).toEqual({});
  expect(temporariesIn(pair.dest)).toEqual([]);
});

test('nor are both sides said to have what was done before it', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a', 'y-last': 'y', 'z-last': 'z' });
  makeMuch(join(pair.src, 'much'));
  const plan = planOf(
    pair,
    ['a', 'much', 'y-last', 'z-last'].map((take) => ({ take })),
  );
  // The sync of `a` or the one beside the copy of `much`, whichever is the second.
  syncAnswers(join(pair.dest, '../tools'), 0, 1);
  const applied = await apply(pair, plan, { batches });
  const much = applied.operations.find(({ filepath }) => filepath === 'much');
  expect(much?.status).toBe('fail');
  const durable = applied.batches.flatMap((batch) => batch.applied.map(({ path }) => path));
  expect(durable).not.toContain('a');
  expect(treeOf(pair.dest)).not.toHaveProperty('much');
  expect(treeOf(pair.dest)).toHaveProperty('z-last');
});

test('where there is no room for what is prepared, what was copied before gets its name', async (context) => {
  requireFileSystems(context, 'ext4');
  await using small = await mountFileSystem('ext4');
  const pair = await twoRoots({ dest: small.path });
  makeTree(pair.src, { 'a-fits': 'fits', 'd/later': 'later', 'e-last': 'last' });
  writeFileSync(join(pair.src, 'b-large'), Buffer.alloc(40 << 20, 'x'));
  writeFileSync(join(pair.src, 'c-large'), Buffer.alloc(40 << 20, 'x'));
  const plan = planOf(
    pair,
    ['a-fits', 'b-large', 'c-large', 'd', 'd/later', 'e-last'].map((take) => ({ take })),
  );
  const applied = await apply(pair, plan, { batches });
  expect(applied.error).toBeUndefined();
  expect(treeOf(pair.dest)).toEqual({ 'a-fits': 'fits' });
  expect(applied.operations.map(({ filepath, status }) => [filepath, status])).toEqual([
    ['a-fits', 'success'],
    ['b-large', 'fail'],
  ]);
  expect(applied.batches.find(({ full }) => full)?.full?.notAttempted).toBe(4);
  expect(temporariesIn(pair.dest)).toEqual([]);
});

function temporariesIn(root: string): string[] {
  return readdirSync(root).filter((name) => name.startsWith('.sifaka-tmp'));
}
