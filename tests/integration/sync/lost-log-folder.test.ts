import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contents, put, SyncDesk } from './sync-desk.ts';

test('a lost log folder has nothing deleted that is new there, also when the other direction had nothing to do', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'old', 'old');
  await desk.run();
  await desk.run(desk.back());
  rmSync(desk.logDir, { recursive: true });
  put(desk.b, 'new', 'new there');
  const { report } = await desk.run(desk.request({ deleteMissing: true }));
  expect(contents(desk.b)).toEqual({ new: 'new there', old: 'old' });
  expect(report.notices).toEqual([expect.objectContaining({ kind: 'kept', filepath: 'new' })]);
});

test('where only one direction ever ran, a lost log folder changes nothing: the destination is a mirror', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'old', 'old');
  await desk.run();
  rmSync(desk.logDir, { recursive: true });
  put(desk.b, 'more', 'more');
  await desk.run(desk.request({ deleteMissing: true }));
  expect(contents(desk.b)).toEqual({ old: 'old' });
});
