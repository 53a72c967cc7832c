import { expect, test } from 'vitest';
import { openRoot } from '../../../electron/services/sync/engine/open-roots.ts';
import { createRootIds } from '../../../electron/services/sync/engine/root-ids.ts';
import { createLogFolderAnswers } from '../../../electron/services/sync/runs/log-folder-answers.ts';
import { SyncDesk } from './sync-desk.ts';

/** Milliseconds. */
const patience = 2000;

/** As a process that is stopped, or starved on a busy machine: longer than the patience. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, patience + 500);
}

test('a side and a log folder that answered while this process stood still are no mute ones', async () => {
  using desk = await new SyncDesk().init();
  const { marker } = openRoot({ path: desk.a, pair: 'media' });
  const root = createRootIds({ patience }).of(desk.a);
  const answered = createLogFolderAnswers({ patience }).confirm(desk.folder);
  standStill();
  expect(await Promise.all([root, answered])).toEqual([marker.root, undefined]);
});
