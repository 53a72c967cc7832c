import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createLogFolderAnswers } from '../../../electron/services/sync/runs/log-folder-answers.ts';
import { readStatus } from '../../../electron/services/sync/runs/status.ts';
import { muteMount, requireMuteMounts } from '../../rig/file-systems/mute-mount.ts';
import { Desk } from '../cli/run-cli.ts';
import { LabWithPair } from './lab-with-pair.ts';
import { SyncDesk } from './sync-desk.ts';

/** All that is waited for at a folder that does not answer, milliseconds. */
const patience = 200;

const mute = (logDir: string) => ({
  code: 'SYNC_LOG_FOLDER_UNUSABLE',
  what: `The log folder ${logDir} does not answer.`,
});

test('the status of a log folder that never answers says so, and its command ends', async (context) => {
  requireMuteMounts(context);
  const mount = await muteMount();
  const desk = new Desk();
  try {
    const status = await desk.run(['sync', 'status', '--log-dir', join(mount.path, 'log'), '--json']);
    expect([status.code, status.last]).toEqual([
      1,
      expect.objectContaining({
        ...mute(join(mount.path, 'log')),
        state: 'What waits in it, and whether a pair is blocked, is not known.',
        next: expect.stringContaining('the server behind its mount'),
      }),
    ]);
  } finally {
    desk.remove();
  }
});

test('what a database knows of the runs is told all the same', async (context) => {
  requireMuteMounts(context);
  const logDir = join((await muteMount()).path, 'log');
  using desk = new SyncDesk();
  mkdirSync(desk.logDir);
  const own = desk.ports();
  // The store of another folder stands in for a database, which is not in the log folder either.
  const ports = { openStore: () => own.openStore(desk.logDir, { readOnly: true }), hasDatabase: true };
  const logFolders = createLogFolderAnswers({ patience });
  expect(await readStatus({ logDir }, ports, { logFolders })).toEqual({
    directions: [],
    blocked: [],
    waiting: [],
    gaps: [`${mute(logDir).what} What waits in it, and whether a pair is blocked, is not known.`],
  });
});

test('the overview says what is not known, and all other work on files goes on', async (context) => {
  requireMuteMounts(context);
  const mount = await muteMount();
  await using pair = await LabWithPair.open();
  const logDir = join(mount.path, 'log');
  writeFileSync(
    join(pair.lab, 'sync/pairs.yaml'),
    `schema: sifaka.sync-pairs/1\nlogFolder: ${logDir}\npairs:\n  media:\n    sides: {a: ${pair.a}, b: ${pair.b}}\n`,
  );
  // As a page does that is looked at again and again: more often than there are threads for files.
  const looks = await Promise.all(Array.from({ length: 6 }, () => pair.sync.overview({ store: true })));
  for (const look of looks) {
    expect(look.logFolderProblem).toMatchObject(mute(logDir));
    expect(look.store).toMatchObject({ kind: 'file', state: 'unreachable', problem: mute(logDir) });
    expect(look.pairs).toMatchObject([{ pair: 'media', waiting: 0 }]);
  }
  const { signal } = pair;
  const choice = { pair: 'media', direction: 'a-to-b' };
  const asked = { data: { what: mute(logDir).what, state: 'Nothing was looked at or changed.' } };
  await expect(pair.sync.plan(choice, signal)).rejects.toMatchObject(asked);
  await expect(pair.sync.resume('media', signal)).rejects.toMatchObject({
    data: { what: mute(logDir).what },
  });
  expect(await readFile(join(pair.lab, 'sync/pairs.yaml'), 'utf8')).toContain('media');
});

test('a log folder that answers again is asked again, also where there is none', async (context) => {
  requireMuteMounts(context);
  const mount = await muteMount();
  // Each look starts a program, which is slow on a busy machine.
  const logFolders = createLogFolderAnswers({ patience: 3000 });
  const logDir = join(mount.path, 'log');
  await expect(logFolders.confirm(logDir)).rejects.toMatchObject({ code: 'SYNC_LOG_FOLDER_UNUSABLE' });
  await mount.end();
  await vi.waitFor(() => logFolders.confirm(logDir), { timeout: 60_000 });
});
