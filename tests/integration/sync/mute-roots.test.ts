import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openRoot } from '../../../electron/services/sync/engine/open-roots.ts';
import { createRootIds } from '../../../electron/services/sync/engine/root-ids.ts';
import { blockedBy } from '../../../electron/services/sync/pairs/blocked-directions.ts';
import { writeBlocked } from '../../../electron/services/sync/runs/blocked.ts';
import { muteMount, requireMuteMounts } from '../../rig/file-systems/mute-mount.ts';
import { SyncDesk } from './sync-desk.ts';

/** Long enough for a folder that answers, and all that is waited for at one that does not, milliseconds. */
const patience = 200;

test('a side that never answers has its direction told by its name, and keeps nothing else waiting', async (context) => {
  requireMuteMounts(context);
  const mute = await muteMount();
  using desk = await new SyncDesk().init();
  mkdirSync(desk.logDir);
  const side = join(mute.path, 'media');
  await writeBlocked(desk.logDir, {
    schema: 'sifaka.sync-blocked/1',
    pair: 'media',
    direction: 'a-to-b',
    source: '00000000-0000-4000-8000-000000000001',
    destination: '00000000-0000-4000-8000-000000000002',
    src: side,
    dest: desk.b,
    iteration: '00000000-0000-4000-8000-000000000003',
    since: '2026-11-01T10:00:00.000Z',
    problem: { code: 'SYNC_INCOMPLETE', what: 'No room.', state: 'Half of it.', next: 'Make room.' },
  });
  const rootIds = createRootIds({ patience });
  // As a page does that is looked at again and again: more often than there are threads for files.
  for (let look = 0; look < 6; look += 1) {
    const blocked = await Promise.all([
      blockedBy(rootIds, desk.logDir, 'media', { name: 'a-to-b', src: side }),
      blockedBy(rootIds, desk.logDir, 'media', { name: 'b-to-a', src: side }),
      blockedBy(rootIds, desk.logDir, 'media', { name: 'b-to-a', src: join(mute.path, 'other') }),
    ]);
    expect(blocked.map((problem) => problem?.code)).toEqual([undefined, undefined, 'SYNC_BLOCKED']);
  }
});

test('however many sides never answer, all other work on files goes on', async (context) => {
  requireMuteMounts(context);
  const mute = await muteMount();
  using desk = await new SyncDesk().init();
  const rootIds = createRootIds({ patience });
  const sides = Array.from({ length: 8 }, (_, index) => join(mute.path, `side-${index}`));
  expect(await Promise.all(sides.map((side) => rootIds.of(side)))).toEqual(sides.map(() => undefined));
  writeFileSync(join(desk.a, 'file'), 'read by a thread');
  expect(await readFile(join(desk.a, 'file'), 'utf8')).toBe('read by a thread');
});

test('once a side that did not answer does, the others have their turn', async (context) => {
  requireMuteMounts(context);
  using desk = await new SyncDesk().init();
  const rootIds = createRootIds({ patience });
  const mute = await muteMount();
  const sides = [join(mute.path, 'one'), join(mute.path, 'two'), desk.a];
  expect(await Promise.all(sides.map((side) => rootIds.of(side)))).toEqual(sides.map(() => undefined));
  await mute.end();
  const { marker } = openRoot({ path: desk.a, pair: 'media' });
  await vi.waitFor(async () => expect(await rootIds.of(desk.a)).toBe(marker.root), { timeout: 60_000 });
});
