import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf } from './hand-made.ts';
import { undoRun } from '../../../electron/services/sync/runs/undo-run.ts';
import { syncAnswers } from './sync-answers.ts';
import { contents, put, putLarge, SyncDesk } from './sync-desk.ts';
import { apply, makeTree, treeOf, twoRoots } from './two-roots.ts';

test('what a power cut after a cancelled run takes back is not taken for a deletion', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'both', 'both');
  await desk.run();
  await desk.run(desk.back());
  putLarge(desk.a, 3);
  const controller = new AbortController();
  const stopped = desk.run(desk.request(), {
    signal: controller.signal,
    tell: (event) => {
      if (event.type === 'operations') controller.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(Object.keys(contents(desk.b))).toEqual(['both', 'large-00']);
  // Its name was never made durable: no sync came after it.
  rmSync(join(desk.b, 'large-00'));
  const { report } = await desk.run(desk.back({ deleteMissing: true, maxDeletePercent: 100 }));
  expect(report.counts.deletes).toBe(0);
  expect(Object.keys(contents(desk.a))).toEqual(['both', 'large-00', 'large-01', 'large-02']);
});

test('both sides agree only on what the file system has confirmed', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { one: 'one', two: 'two' });
  const plan = (take: string) => planOf(pair, [{ take }]);
  syncAnswers(join(pair.dest, '../tools'), 0, 0, 0, 1);
  const well = await apply(pair, plan('one'));
  expect(well.error).toBeUndefined();
  expect(well.batches.flatMap(({ applied }) => applied)).toEqual([
    expect.objectContaining({ path: 'one', after: expect.objectContaining({ kind: 'file', size: 3 }) }),
  ]);
  const ill = await apply(pair, plan('two'));
  expect(ill.error).toMatchObject({ code: 'SYNC_INCOMPLETE' });
  expect(ill.operations).toEqual([expect.objectContaining({ filepath: 'two', status: 'success' })]);
  expect(ill.batches.flatMap(({ applied }) => applied)).toEqual([]);
  expect(treeOf(pair.dest)).toEqual({ one: 'one', two: 'two' });
});

test('an undo whose last sync failed says that a power cut could take some of it', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'plan.txt', 'newer', 10);
  put(desk.b, 'plan.txt', 'before');
  const { report } = await desk.run();
  const answered = syncAnswers(join(desk.folder, 'tools'), 0, 1);
  const request = {
    iteration: report.iteration.iteration_uid,
    logDir: desk.logDir,
    lockTtlSeconds: 3600,
    dryRun: false,
  };
  await expect(
    undoRun(request, desk.ports(), { signal: new AbortController().signal }),
  ).rejects.toMatchObject({
    code: 'SYNC_INCOMPLETE',
    data: {
      state:
        'Of 1 change of that run 1 was taken back. The changes were made; a power cut now could lose some of them.',
    },
  });
  expect(answered()).toBe(2);
  expect(contents(desk.b)).toEqual({ 'plan.txt': 'before' });
});
