import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeFileLock } from '../../../electron/services/sync/lock/file-lock.ts';
import { cleanEnd } from './clean-end.ts';
import { contents, put, putLarge, synced, SyncDesk } from './sync-desk.ts';

/** Nothing listens on the port of discard (RFC 863) here. */
const deadDatabase = 'sync:secret@tcp(127.0.0.1:9)/general_db';

test('a pass copies, replaces into the trash, and leaves the newer of the other side alone', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'only in a');
  put(desk.a, 'docs/plan.txt', 'newer plan', 100);
  put(desk.b, 'docs/plan.txt', 'old plan', 5000);
  put(desk.a, 'older.txt', 'old', 5000);
  put(desk.b, 'older.txt', 'newer in b', 100);
  put(desk.b, 'only-b.txt', 'only in b');
  const { report, plan } = await desk.run();
  expect(contents(desk.b)).toEqual({
    'docs/plan.txt': 'newer plan',
    'new.txt': 'only in a',
    'older.txt': 'newer in b',
    'only-b.txt': 'only in b',
  });
  expect(report.problem).toBeUndefined();
  expect(report.iteration).toMatchObject({
    status: 'success',
    dry_run: false,
    files_created: 1,
    files_updated: 1,
    files_deleted: 0,
    files_failed: 0,
  });
  expect(report.digest).toBe(plan.digest);
  expect(report.recorded).toBe('stored');
  expect(contents(report.trash ?? '')).toEqual({ 'docs/plan.txt': 'old plan' });

  const { iterations, operations } = await desk.rows();
  expect(iterations).toEqual([expect.objectContaining({ ...report.iteration })]);
  expect(operations.map((row) => [row.operation, row.filepath, row.reason, row.status, row.dry_run])).toEqual(
    expect.arrayContaining([
      ['create', 'new.txt', 'missing', 'success', false],
      ['update', 'docs/plan.txt', 'newer', 'success', false],
    ]),
  );
  expect(desk.waiting()).toEqual([]);
});

test('times before 1970 are kept as any others, and the other direction has nothing to do', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'folder/file', 'old');
  put(desk.a, 'just before', 'old');
  symlinkSync('nowhere', join(desk.a, 'link'));
  const times = {
    'folder/file': '1950-01-01 12:00:00.25',
    'just before': '@-1.5',
    same: '@-600',
    link: '@-7',
  };
  put(desk.a, 'same', 'on both sides');
  put(desk.b, 'same', 'on both sides');
  for (const [name, time] of Object.entries(times))
    execFileSync('touch', ['--no-dereference', '--date', time, join(desk.a, name)]);
  // Within the threshold of the source's: only its time is set.
  execFileSync('touch', ['--date', '@-601', join(desk.b, 'same')]);
  execFileSync('touch', ['--date', '@-86400', join(desk.a, 'folder')]);
  await desk.run();
  for (const name of [...Object.keys(times), 'folder'])
    expect([name, lstatSync(join(desk.b, name)).mtimeMs]).toEqual([
      name,
      lstatSync(join(desk.a, name)).mtimeMs,
    ]);
  expect(lstatSync(join(desk.b, 'just before')).mtimeMs).toBe(-1500);
  const { report } = await desk.run(desk.back());
  expect(report.operationsTotal).toBe(0);
});

test('both passes once, and from then on there is nothing to do: one row for each run, none for an operation', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  put(desk.b, 'deep/b.txt', 'b');
  await desk.run();
  await desk.run(desk.back());
  expect(contents(desk.a)).toEqual(contents(desk.b));
  const before = await desk.rows();
  const { report } = await desk.run();
  const { report: back } = await desk.run(desk.back());
  expect([report.operationsTotal, back.operationsTotal]).toEqual([0, 0]);
  expect([report.iteration.files_skipped, back.iteration.files_skipped]).toEqual([2, 2]);
  const after = await desk.rows();
  expect(after.iterations).toHaveLength(before.iterations.length + 2);
  expect(after.operations).toHaveLength(before.operations.length);
});

test('without markers nothing runs', async () => {
  using desk = new SyncDesk();
  put(desk.a, 'a.txt', 'a');
  await expect(desk.run()).rejects.toMatchObject({ code: 'SYNC_ROOT_UNMARKED' });
  expect(contents(desk.b)).toEqual({});
});

test('a lock that another has is not waited for', async () => {
  using desk = await new SyncDesk().init();
  const request = { pair: desk.pair, holder: 'other-pod/1', ttlSeconds: 60, logDir: desk.logDir };
  const { signal } = new AbortController();
  await desk.run();
  const lock = await takeFileLock(request, { signal });
  try {
    await expect(desk.run()).rejects.toMatchObject({ code: 'SYNC_LOCK_TAKEN' });
  } finally {
    await lock.release();
  }
  const { report } = await desk.run();
  expect(report.iteration.status).toBe('success');
});

test('a database that is down costs a note: the next run brings both runs to it, each once', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'one.txt', '1');
  const { report } = await desk.run(desk.request(), { ports: desk.ports({ dsn: deadDatabase }) });
  expect(report).toMatchObject({ recorded: 'kept', iteration: { status: 'success' } });
  expect(contents(desk.b)).toEqual({ 'one.txt': '1' });
  expect(desk.waiting()).toHaveLength(2);
  expect(desk.notes.join('\n')).toContain('The records of this run wait in');
  expect(JSON.stringify(desk.events)).not.toContain('secret');
  put(desk.a, 'two.txt', '2');
  await desk.run();
  expect(desk.notes).toContain('The records of 1 earlier run were written.');
  expect(desk.waiting()).toEqual([]);
  const { iterations, operations } = await desk.rows();
  expect(iterations.map(({ status }) => status)).toEqual(['success', 'success']);
  expect(operations.map(({ filepath }) => filepath)).toEqual(['one.txt', 'two.txt']);
});

test('stopped in the middle: what was done is whole, recorded and agreed on, and the next run does the rest', async () => {
  using desk = await new SyncDesk().init();
  putLarge(desk.a, 4);
  const controller = new AbortController();
  const stopped = desk.run(desk.request(), {
    signal: controller.signal,
    tell: (event) => {
      if (event.type === 'operations') controller.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({
    code: 'CANCELLED',
    data: { state: expect.stringMatching(/^1 operation of 4 were done/) },
  });
  expect(synced(desk.b)).toEqual(['large-00']);
  const { iterations, operations } = await desk.rows();
  expect(iterations).toEqual([expect.objectContaining({ status: 'partial_failure', files_created: 1 })]);
  expect(operations.map(({ filepath }) => filepath)).toEqual(['large-00']);
  const { report } = await desk.run();
  expect(report.iteration).toMatchObject({ status: 'success', files_created: 3 });
  expect(synced(desk.b)).toEqual(synced(desk.a));
  cleanEnd(desk.b);
});

test('the plan that was shown is applied, and no other; what changed since is left to the next run', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'shown.txt', 'shown');
  put(desk.a, 'changes.txt', 'before');
  const { plan } = await desk.run(desk.request({ dryRun: true }));
  put(desk.a, 'later.txt', 'not shown');
  put(desk.a, 'changes.txt', 'after, and longer', 10);
  const { report } = await desk.run(desk.request(), { reviewed: plan });
  expect(report.digest).toBe(plan.digest);
  expect(contents(desk.b)).toEqual({ 'shown.txt': 'shown' });
  expect(report.notices).toEqual([
    expect.objectContaining({ kind: 'changed-meanwhile', filepath: 'changes.txt' }),
  ]);
  await desk.run();
  expect(contents(desk.b)).toEqual(contents(desk.a));
});

test('logs and the state of a pair lie in the log folder alone, which is never entered', async () => {
  using desk = await new SyncDesk().init();
  const logDir = join(desk.a, 'ha-sync-logs');
  put(desk.a, 'a.txt', 'a');
  put(desk.a, 'mistaken/.sifaka-sync-log', '');
  const { report } = await desk.run(desk.request({ logDir }));
  expect(report.iteration.files_created).toBe(1);
  // Its own needs no word; any other that is marked so is not left out in silence.
  expect(report.notices).toMatchObject([{ kind: 'log-folder', filepath: 'mistaken' }]);
  expect(readdirSync(logDir)).toContain('.sifaka-sync-log');
  expect(existsSync(join(desk.b, 'ha-sync-logs'))).toBe(false);
});

test('whoever may look into the log folder reads no names of files in it', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  await desk.run();
  await desk.run(desk.back());
  const modes = readdirSync(desk.logDir)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => [name, (statSync(join(desk.logDir, name)).mode & 0o777).toString(8)]);
  expect(Object.fromEntries(modes)).toEqual({
    'agreed-media.sqlite': '600',
    'lock-media.sqlite': '600',
    'sync-audit.sqlite': '600',
  });
});

test('old versions go from the trash after a clean run only', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'new', 10);
  put(desk.b, 'a.txt', 'old', 5000);
  const { report } = await desk.run();
  const trash = report.trash ?? '';
  expect(readFileSync(join(trash, 'a.txt'), 'utf8')).toBe('old');
  await desk.run(desk.request({ trashRetainDays: 30 }));
  expect(existsSync(trash)).toBe(true);
  rmSync(join(desk.b, 'a.txt'));
  await desk.run(desk.request({ trashRetainDays: 0 }));
  expect(existsSync(trash)).toBe(false);
});

test('stopped while records of earlier runs are written: nothing is synchronized, and the others wait', async () => {
  using desk = await new SyncDesk().init();
  for (const name of ['one.txt', 'two.txt']) {
    put(desk.a, name, name);
    await desk.run(desk.request(), { ports: desk.ports({ dsn: deadDatabase }) });
  }
  put(desk.a, 'three.txt', '3');
  const controller = new AbortController();
  const ports = desk.ports();
  const openStore: typeof ports.openStore = (...opening) => {
    const store = ports.openStore(...opening);
    return {
      ...store,
      saveIteration: async (iteration) => {
        controller.abort();
        return store.saveIteration(iteration);
      },
    };
  };
  await expect(
    desk.run(desk.request(), { signal: controller.signal, ports: { ...ports, openStore } }),
  ).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(desk.waiting()).toHaveLength(2);
  expect(contents(desk.b)).toEqual({ 'one.txt': 'one.txt', 'two.txt': 'two.txt' });
  await desk.run();
  const { operations } = await desk.rows();
  expect(operations.map(({ filepath }) => filepath)).toEqual(['one.txt', 'two.txt', 'three.txt']);
});

test('what of a DSN is not used is told by a dry run', async () => {
  using desk = await new SyncDesk().init();
  const ports = desk.ports({ dsn: `${deadDatabase}?loc=Local` });
  await desk.run(desk.request({ dryRun: true }), { ports });
  expect(desk.notes.filter((text) => text.includes('parameter loc is not used'))).toHaveLength(1);
});
