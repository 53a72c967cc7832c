import { linkSync, lstatSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unproven } from '../../rig/required-tools.ts';
import { planUndo } from '../../../electron/services/sync/engine/undo-plan.ts';
import { planOf } from './hand-made.ts';
import { apply, makeTree, trashOf, treeOf, twoRoots, undo } from './two-roots.ts';

const old = new Date('2020-01-02T03:04:05.678Z');

test('an undo gives back what every kind of change took away, newer than what it replaces', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, {
    updated: 'new',
    created: 'new',
    'fresh/inside': 'new',
    x: 'file now',
    'y/inside': 'new',
  });
  makeTree(pair.dest, {
    updated: 'old',
    'gone/deep/file': 'deleted',
    'x/a': '1',
    'x/b/c': '2',
    y: 'was a file',
    kept: 'kept',
  });
  symlinkSync('elsewhere', join(pair.dest, 'gone/link'));
  utimesSync(join(pair.dest, 'updated'), old, old);
  const before = treeOf(pair.dest);
  const plan = planOf(pair, [
    ...['created', 'fresh', 'fresh/inside', 'updated', 'x', 'y', 'y/inside'].map((take) => ({ take })),
    ...['gone/deep/file', 'gone/link', 'gone/deep', 'gone'].map((drop) => ({ drop })),
  ]);
  const applied = await apply(pair, plan);
  const after = treeOf(pair.dest);
  expect(after).toEqual({ ...treeOf(pair.src), kept: 'kept' });
  const replaced = lstatSync(join(pair.dest, 'updated')).mtimeMs;

  const undone = await undo(pair, applied.iteration);
  expect(undone.error).toBeUndefined();
  expect(undone.skipped).toEqual([]);
  expect(undone.comeAgain).toBe(3);
  expect(treeOf(pair.dest)).toEqual(before);
  expect(lstatSync(join(pair.dest, 'updated')).mtimeMs).toBeGreaterThan(replaced + 2000);
  expect(undone.operations.every(({ reason, status }) => reason === 'undo' && status === 'success')).toBe(
    true,
  );
  expect(trashOf(pair, undone.iteration)).toMatchObject({
    updated: 'new',
    created: 'new',
    'fresh/inside': 'new',
  });

  const again = await undo(pair, undone.iteration);
  expect(again.error).toBeUndefined();
  expect(treeOf(pair.dest)).toEqual(after);
});

test('an undo of a file with two names leaves the other name as old as it is', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { x: 'new' });
  makeTree(pair.dest, { x: 'old, under two names' });
  utimesSync(join(pair.dest, 'x'), old, old);
  linkSync(join(pair.dest, 'x'), join(pair.dest, 'y'));
  const { iteration } = await apply(pair, planOf(pair, [{ take: 'x' }]));
  const undone = await undo(pair, iteration);
  expect([undone.error, undone.skipped]).toEqual([undefined, []]);
  expect(treeOf(pair.dest)).toEqual({ x: 'old, under two names', y: 'old, under two names' });
  expect(lstatSync(join(pair.dest, 'y')).mtime).toEqual(old);
  expect(lstatSync(join(pair.dest, 'x')).mtimeMs).toBeGreaterThan(lstatSync(join(pair.src, 'x')).mtimeMs);
  expect(trashOf(pair, undone.iteration)).toEqual({ x: 'new' });
  expect(trashOf(pair, iteration)).toEqual({ x: 'old, under two names' });
  const again = await undo(pair, undone.iteration);
  expect([again.error, treeOf(pair.dest)['x']]).toEqual([undefined, 'new']);
});

test('an undo leaves what was changed since the run, and says so', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { edited: 'new', made: 'new', fine: 'new', 'folder/inside': 'new' });
  makeTree(pair.dest, { edited: 'old', fine: 'old', deleted: 'old' });
  const plan = planOf(pair, [
    ...['edited', 'fine', 'folder', 'folder/inside', 'made'].map((take) => ({ take })),
    { drop: 'deleted' },
  ]);
  const applied = await apply(pair, plan);
  makeTree(pair.dest, {
    edited: 'edited since',
    made: 'edited since',
    deleted: 'new here',
    'folder/added': 'since',
  });
  const undone = await undo(pair, applied.iteration);
  expect(treeOf(pair.dest)).toEqual({
    edited: 'edited since',
    fine: 'old',
    made: 'edited since',
    deleted: 'new here',
    folder: null,
    'folder/added': 'since',
  });
  expect(undone.skipped.toSorted()).toEqual([
    'deleted: There is a new one under its name. It was left as it is.',
    'edited: It is not as that run left it: it was changed since, or is put back already. It was left as it is.',
    'made: It is not as that run left it: it was changed since, or is put back already. It was left as it is.',
  ]);
  expect(undone.notices).toEqual(['kept folder/']);
});

test('a folder whose mode and owner the record does not say is put back for who takes the run back alone', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs the modes of folders');
  const pair = await twoRoots();
  makeTree(pair.dest, { 'gone/file': 'deleted' });
  const plan = planOf(pair, [{ drop: 'gone/file' }, { drop: 'gone' }]);
  const { iteration } = await apply(pair, plan);
  const record = join(pair.dest, '.sifaka-trash', `${iteration}.jsonl`);
  const text = readFileSync(record, 'utf8');
  const without = text.replace(/,"mode":\d+,"uid":\d+,"gid":\d+/, '');
  expect(without).not.toBe(text);
  writeFileSync(record, without);
  const undone = await undo(pair, iteration);
  expect([undone.error, undone.skipped]).toEqual([undefined, []]);
  const { mode, uid, gid } = lstatSync(join(pair.dest, 'gone'));
  expect([mode & 0o7777, uid, gid]).toEqual([0o700, process.geteuid?.(), process.getegid?.()]);
  expect(treeOf(pair.dest)).toEqual({ gone: null, 'gone/file': 'deleted' });
});

test('an undo of what the trash no longer has, or never had, is refused', async () => {
  const pair = await twoRoots();
  const unknown = '00000000-0000-4000-8000-000000000000';
  expect(() => planUndo(pair.roots.destination, unknown)).toThrow(/SYNC_ITERATION_UNKNOWN/);
});
