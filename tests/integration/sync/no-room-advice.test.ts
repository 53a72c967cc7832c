import { linkSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSyncCommand } from '../../../electron/hosts/sync-command.ts';
import { asProblem, type ProblemRecord } from '../../../shared/problem.ts';
import { syncRunText } from '../../../electron/cli/text/sync-run-text.ts';
import type { SyncRunReport } from '../../../shared/schemas/sync-report.ts';
import { requireSmallMounts, smallMount } from '../../rig/file-systems/small-mount.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

/*
 * What an operator reads when a disk is full: which one it is, how both folders are, what to do. The disks are file systems of
 * half a mebibyte.
 */

const signal = new AbortController().signal;

/** The door that the command line opens. */
class Door {
  readonly notes: string[] = [];
  readonly #door = openSyncCommand({ environment: { HA_SYNC_LOCK: 'file' }, dsn: undefined });
  readonly #options = {
    signal,
    tell: (event: { type: string; text?: string }) => {
      if (event.type === 'note' && event.text !== undefined) this.notes.push(event.text);
    },
  };

  mark(src: string, dest: string) {
    return this.#door.init({ src, dest, pair: 'media' });
  }

  run(src: string, dest: string, logDir: string): Promise<SyncRunReport> {
    const way = { src, dest, pair: 'media', direction: 'a-to-b', allowEverythingChanged: true };
    return this.#door.run({ ...way, logDir }, this.#options);
  }

  undo(iteration: string, dest: string, logDir: string): Promise<SyncRunReport> {
    return this.#door.undo({ iteration, dest, logDir }, this.#options);
  }

  resume(logDir: string) {
    return this.#door.resume({ pair: 'media', logDir }, { signal });
  }
}

async function refusal(work: Promise<unknown>): Promise<ProblemRecord> {
  const problem = await work.then(
    () => undefined,
    (error: unknown) => asProblem(error),
  );
  if (problem === undefined) throw new Error('a problem was expected');
  return problem.toRecord();
}

test('a log folder without room says so before anything is changed, and whose disk it is', async (context) => {
  requireSmallMounts(context);
  const small = smallMount();
  using desk = new SyncDesk();
  const door = new Door();
  put(desk.a, 'file', 'new');
  await door.mark(desk.a, desk.b);
  small.fill(0);
  const room = expect.stringContaining(`Make room on the disk of the log folder (\`df -h ${small.path}\``);
  expect(await refusal(door.run(desk.a, desk.b, small.path))).toMatchObject({
    code: 'SYNC_LOG_FOLDER_UNUSABLE',
    what: `The log folder ${small.path} cannot be used: its disk is full.`,
    state: expect.stringMatching(/^Nothing was synchronized, and both folders are as they were/),
    next: room,
  });
  expect(contents(desk.b)).toEqual({});
  small.empty();
  const done = await door.run(desk.a, desk.b, small.path);
  expect(done.problem).toBeUndefined();
  small.fill(0);
  // The lock is the first that has no room then.
  const locked = {
    code: 'SYNC_LOCK_UNAVAILABLE',
    what: expect.stringMatching(/cannot be locked: the disk of the log folder is full\.$/),
    next: room,
  };
  const uid = done.iteration.iteration_uid;
  expect(await refusal(door.run(desk.a, desk.b, small.path))).toMatchObject(locked);
  expect(await refusal(door.resume(small.path))).toMatchObject(locked);
  expect(await refusal(door.undo(uid, desk.b, small.path))).toMatchObject(locked);
});

test('a log folder that becomes full meanwhile: what was done is counted, and the other direction named', async (context) => {
  requireSmallMounts(context);
  const small = smallMount();
  using desk = new SyncDesk();
  const door = new Door();
  for (let file = 0; file < 300; file += 1) put(desk.a, `file-${file}`, `${file}`);
  await door.mark(desk.a, desk.b);
  small.fill(64);
  const full = await refusal(door.run(desk.a, desk.b, small.path));
  expect(full.state).toContain('300 operations of 300 were done');
  expect(full.state).toContain(
    `The other direction of pair media is not kept waiting, since that could not be written to ${small.path}`,
  );
  expect(door.notes).toContainEqual(
    expect.stringContaining('What both sides have in common now could not be written to'),
  );
  // It is the problem itself, and need not be said by each who met it.
  expect(door.notes.filter((note) => note === full.what)).toEqual([]);
  expect(Object.keys(contents(desk.b))).toHaveLength(300);
  small.empty();
  expect((await door.run(desk.a, desk.b, small.path)).problem).toBeUndefined();
  expect(door.notes).toContainEqual(expect.stringContaining('300 operations of it were done.'));
});

test('an undo on a full side says that nothing is lost, and what must not be removed', async (context) => {
  requireSmallMounts(context);
  const small = smallMount();
  using desk = new SyncDesk();
  const door = new Door();
  put(desk.a, 'plan', 'the newer one');
  put(small.path, 'plan', 'the old one', 7200);
  await door.mark(desk.a, small.path);
  const { iteration } = await door.run(desk.a, small.path, desk.logDir);
  const uid = iteration.iteration_uid;
  small.fill(0);
  const full = await door.undo(uid, small.path, desk.logDir);
  expect(full.problem).toMatchObject({
    code: 'SYNC_INCOMPLETE',
    what: expect.stringContaining(`The disk of ${small.path} has 0 B left.`),
    state: `Nothing was changed. Nothing is lost: earlier versions that are not back are still in ${join(small.path, '.sifaka-trash', uid)}.`,
    next: expect.stringContaining('but not by removing anything from its .sifaka-trash'),
  });
  expect(syncRunText(full)).toContain('NOT COMPLETE');
  expect(readFileSync(join(small.path, 'plan'), 'utf8')).toBe('the newer one');
  small.empty();
  expect((await door.undo(uid, small.path, desk.logDir)).problem).toBeUndefined();
  expect(readFileSync(join(small.path, 'plan'), 'utf8')).toBe('the old one');
});

test('an undo that has room for a part says which, and goes on with the rest', async (context) => {
  requireSmallMounts(context);
  const small = smallMount();
  using desk = new SyncDesk();
  const door = new Door();
  for (const name of ['film', 'plan']) put(desk.a, name, 'newer');
  put(small.path, 'plan', 'the old one', 7200);
  // It has another name, which must keep its time: it is copied when it is put back, and that takes room.
  put(small.path, 'film', 'x'.repeat(100_000), 7200);
  linkSync(join(small.path, 'film'), join(small.path, 'film again'));
  await door.mark(desk.a, small.path);
  const uid = (await door.run(desk.a, small.path, desk.logDir)).iteration.iteration_uid;
  small.fill(32);
  const part = await door.undo(uid, small.path, desk.logDir);
  expect(part.problem).toMatchObject({
    what: expect.stringMatching(/^1 change could not be taken back; the first is film:/),
    state: expect.stringContaining(
      'Of 2 changes of that run 1 was taken back; the others are as that run left them. Nothing is lost',
    ),
  });
  small.empty();
  const rest = await door.undo(uid, small.path, desk.logDir);
  expect(rest.problem).toBeUndefined();
  expect(rest.notices.map(({ filepath, text }) => `${filepath}: ${text}`)).toEqual([
    'plan: It is not as that run left it: it was changed since, or is put back already. It was left as it is.',
  ]);
  const back = contents(small.path);
  expect([back['film']?.length, back['plan']]).toEqual([100_000, 'the old one']);
});

test('an undo whose log becomes full says what it had put back by then', async (context) => {
  requireSmallMounts(context);
  const small = smallMount();
  using desk = new SyncDesk();
  const door = new Door();
  for (let file = 0; file < 100; file += 1) {
    put(desk.a, `file-${file}`, 'newer');
    put(desk.b, `file-${file}`, 'old', 7200);
  }
  await door.mark(desk.a, desk.b);
  const uid = (await door.run(desk.a, desk.b, desk.logDir)).iteration.iteration_uid;
  small.fill(32);
  expect(await refusal(door.undo(uid, desk.b, small.path))).toMatchObject({
    code: 'SYNC_LOG_FOLDER_UNUSABLE',
    state: 'Of 100 changes of that run 100 were taken back.',
  });
  expect(new Set(Object.values(contents(desk.b)))).toEqual(new Set(['old']));
});
