import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undoRun } from '../../../electron/services/sync/runs/undo-run.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

async function undo(desk: SyncDesk, iteration: string): Promise<void> {
  const request = { iteration, logDir: desk.logDir, lockTtlSeconds: 30, dryRun: false };
  const { problem } = await undoRun(request, desk.ports(), { signal: new AbortController().signal });
  expect(problem).toBeUndefined();
}

test('what an undo takes away is not deleted at its origin by the other direction', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'both', 'both');
  put(desk.b, 'other', 'other');
  await desk.run();
  await desk.run(desk.back());
  put(desk.a, 'new', 'the original');
  put(desk.a, 'folder/inside', 'the original, too');
  const { report } = await desk.run();
  expect(contents(desk.b)).toMatchObject({ new: 'the original', 'folder/inside': 'the original, too' });
  await undo(desk, report.iteration.iteration_uid);
  expect(contents(desk.b)).toEqual({ both: 'both', other: 'other' });
  const all = contents(desk.a);
  // Also by a second one, which has only its own record to go by.
  for (const again of [1, 2]) {
    const back = await desk.run(desk.back({ deleteMissing: true, maxDeletePercent: 100 }));
    expect([again, back.report.counts.deletes, contents(desk.a)]).toEqual([again, 0, all]);
    expect(back.report.notices.map(({ kind, filepath }) => [kind, filepath])).toEqual(
      expect.arrayContaining([
        ['kept', 'new'],
        ['kept', 'folder/inside'],
      ]),
    );
  }
  await desk.run();
  expect(contents(desk.b)).toEqual(all);
  // From here on it is a file like any other.
  rmSync(join(desk.b, 'new'));
  await desk.run(desk.back({ deleteMissing: true }));
  expect(contents(desk.a)).not.toHaveProperty('new');
});

test('a deletion that was taken back is not made again, also where only one direction ever runs', async () => {
  using desk = await new SyncDesk().init();
  for (const name of ['kept', 'gone', 'folder/gone']) put(desk.a, name, name);
  await desk.run();
  rmSync(join(desk.a, 'gone'));
  rmSync(join(desk.a, 'folder'), { recursive: true });
  const mirror = desk.request({ deleteMissing: true, maxDeletePercent: 100 });
  const { report } = await desk.run(mirror);
  expect(contents(desk.b)).toEqual({ kept: 'kept' });
  await undo(desk, report.iteration.iteration_uid);
  const all = { kept: 'kept', gone: 'gone', 'folder/gone': 'folder/gone' };
  for (const again of [1, 2]) {
    await desk.run(mirror);
    expect([again, contents(desk.b)]).toEqual([again, all]);
  }
  await desk.run(desk.back());
  expect(contents(desk.a)).toEqual(all);
});
