import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contents, put, SyncDesk } from './sync-desk.ts';

test('what the source has again is not deleted on the word of a plan from before', async () => {
  using desk = await new SyncDesk().init();
  for (const name of ['stays', 'again', 'folder/again', 'gone']) put(desk.a, name, name);
  await desk.run();
  for (const name of ['again', 'folder', 'gone']) rmSync(join(desk.a, name), { recursive: true });
  const request = { deleteMissing: true, maxDeletePercent: 100 };
  const { plan } = await desk.run(desk.request({ ...request, dryRun: true }));
  expect(plan.counts.deletes).toBe(3);
  put(desk.a, 'again', 'again');
  put(desk.a, 'folder/again', 'again, and other');
  const { report } = await desk.run(desk.request(request), { reviewed: plan });
  expect(contents(desk.b)).toEqual({ stays: 'stays', again: 'again', 'folder/again': 'folder/again' });
  expect(report.problem).toBeUndefined();
  expect(report.notices.map(({ kind, filepath }) => `${kind} ${filepath}`).toSorted()).toEqual([
    'changed-meanwhile again',
    'changed-meanwhile folder/',
    'changed-meanwhile folder/again',
  ]);
});
