import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBlocked } from '../../../electron/services/sync/runs/blocked.ts';
import { findIteration } from '../../../electron/services/sync/runs/find-iteration.ts';
import { resumePair } from '../../../electron/services/sync/runs/resume.ts';
import { readHolder } from '../../../electron/services/sync/lock/file-lock-holder.ts';
import { createProcessIdentity } from '../../../electron/services/jobs/process-identity.ts';
import { put, synced, SyncDesk } from './sync-desk.ts';
import { requireTools } from '../../rig/required-tools.ts';

const uid = '0190c0de-0000-4000-8000-000000000001';

const resume = (desk: SyncDesk, logDir = desk.logDir) =>
  resumePair({ pair: desk.pair, logDir, lockTtlSeconds: 60 }, desk.ports(), {
    signal: new AbortController().signal,
  });

test.each([
  ['a named pipe that nobody writes to', (file: string) => execFileSync('mkfifo', [file])],
  ['a link to a device without an end', (file: string) => symlinkSync('/dev/zero', file)],
])('%s in place of the state file blocks the pair like a torn one, and is cleared', async (_kind, make) => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'file', 'one');
  await desk.run();
  make(join(desk.logDir, `blocked-${desk.pair}.json`));
  await expect(readBlocked(desk.logDir, desk.pair)).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
  expect(await resume(desk)).toMatchObject({ cleared: true });
  expect(await readBlocked(desk.logDir, desk.pair)).toBeUndefined();
});

test('a named pipe in place of a run’s record in the trash or of the lock’s holder keeps nobody waiting', async (context) => {
  requireTools(context, 'mkfifo');
  using desk = await new SyncDesk().init();
  const trash = join(desk.b, '.sifaka-trash');
  mkdirSync(trash);
  mkdirSync(desk.logDir);
  execFileSync('mkfifo', [join(trash, `${uid}.json`), join(desk.logDir, `lock-${desk.pair}.json`)]);
  const request = { iteration: uid, dest: desk.b, logDir: desk.logDir, lockTtlSeconds: 60, dryRun: false };
  const store = desk.ports().openStore(desk.logDir, { readOnly: true });
  await expect(findIteration(request, store)).rejects.toMatchObject({ code: 'SYNC_NOT_UNDOABLE' });
  await store.close();
  expect(await readHolder(desk.logDir, desk.pair, createProcessIdentity())).toBeUndefined();
});

test('a side of a pair is never marked as a log folder: neither by a run nor by `sync resume`', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'file', 'one');
  const refused = {
    code: 'SYNC_LOG_FOLDER_UNUSABLE',
    data: { what: expect.stringContaining('is a side of') },
  };
  await expect(desk.run(desk.request({ logDir: desk.a }))).rejects.toMatchObject(refused);
  await expect(resume(desk, desk.a)).rejects.toMatchObject(refused);
  expect(readdirSync(desk.a).toSorted()).toEqual(['.sifaka-sync.json', 'file']);
  await desk.run();
  expect(synced(desk.b)).toEqual(['file']);
});

test('a side that was marked as a log folder before is told of, with the file that is to be removed', async () => {
  using desk = await new SyncDesk().init();
  const mark = join(desk.a, '.sifaka-sync-log');
  writeFileSync(mark, '');
  const told = { data: { next: expect.stringContaining(mark) } };
  await expect(desk.run()).rejects.toMatchObject(told);
  await expect(desk.run(desk.request({ logDir: desk.a }))).rejects.toMatchObject(told);
});

test('a folder with other things in it does not become a log folder; one with logs of before does', async () => {
  using desk = await new SyncDesk().init();
  mkdirSync(desk.logDir);
  writeFileSync(join(desk.logDir, 'cron.log'), '');
  writeFileSync(join(desk.logDir, 'photo.jpg'), '');
  await expect(desk.run()).rejects.toMatchObject({
    code: 'SYNC_LOG_FOLDER_UNUSABLE',
    data: { what: expect.stringContaining('such as photo.jpg') },
  });
  await expect(resume(desk)).rejects.toMatchObject({ code: 'SYNC_LOG_FOLDER_UNUSABLE' });
  expect(readdirSync(desk.logDir)).toEqual(['cron.log', 'photo.jpg']);
  writeFileSync(join(desk.logDir, 'opslog-media-fwd-2026-11-01T00:00:00Z.jsonl'), '');
  await desk.run();
  expect(readdirSync(desk.logDir)).toContain('.sifaka-sync-log');
});

test('`sync resume` makes no log folder', async () => {
  using desk = await new SyncDesk().init();
  await expect(resume(desk)).rejects.toMatchObject({ code: 'SYNC_LOG_FOLDER_UNUSABLE' });
  expect(existsSync(desk.logDir)).toBe(false);
});

test.each(['lock-media.sqlite', 'agreed-media.sqlite', 'sync-audit.sqlite'])(
  'through a link in place of %s nothing is made elsewhere, and it is told of',
  async (name) => {
    using desk = await new SyncDesk().init();
    put(desk.a, 'file', 'one');
    mkdirSync(desk.logDir);
    const elsewhere = join(desk.folder, 'elsewhere');
    symlinkSync(elsewhere, join(desk.logDir, name));
    const said = await desk.run().then(
      () => desk.notes.join('\n'),
      (error: unknown) => String(error),
    );
    expect(existsSync(elsewhere)).toBe(false);
    expect(said).toContain(name);
    if (name !== 'lock-media.sqlite') expect(synced(desk.b)).toEqual(['file']);
  },
);

/** A pipe with a writer that writes nothing: whoever should open it all the same reads its end, and the test goes on. */
async function withPipe(file: string, work: () => Promise<void>): Promise<void> {
  // The journal of the records stays when it is empty.
  rmSync(file, { force: true });
  execFileSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', 'while :; do : > "$1"; done', 'sh', file], { stdio: 'ignore' });
  try {
    await work();
  } finally {
    const gone = once(writer, 'exit');
    writer.kill('SIGKILL');
    await gone;
  }
}

/** After a run, with something for the next one to do. */
async function deskWithFile(): Promise<SyncDesk> {
  const desk = await new SyncDesk().init();
  put(desk.a, 'file', 'one');
  await desk.run();
  put(desk.a, 'other', 'two');
  return desk;
}

describe.each(['-journal', '-wal', '-shm'])('a named pipe in place of a database’s %s', (suffix) => {
  test('is no lock', async (context) => {
    requireTools(context, 'mkfifo');
    using desk = await deskWithFile();
    const pipe = join(desk.logDir, `lock-media.sqlite${suffix}`);
    await withPipe(pipe, async () => {
      await expect(desk.run()).rejects.toMatchObject({
        code: 'SYNC_LOCK_UNAVAILABLE',
        data: { what: `${pipe} is not a lock file.` },
      });
    });
    rmSync(pipe);
    await desk.run();
    expect(synced(desk.b)).toEqual(['file', 'other']);
  });

  test('keeps records waiting, and nothing else', async (context) => {
    requireTools(context, 'mkfifo');
    using desk = await deskWithFile();
    const pipe = join(desk.logDir, `sync-audit.sqlite${suffix}`);
    await withPipe(pipe, async () => {
      expect((await desk.run()).report.recorded).toBe('kept');
    });
    expect(desk.notes.join('\n')).toContain(`sync-audit.sqlite${suffix} is a link, or something else`);
    expect(synced(desk.b)).toEqual(['file', 'other']);
    rmSync(pipe);
    await desk.run();
    expect((await desk.rows()).iterations).toHaveLength(3);
  });

  test.for([
    ['of what both sides had in common', false],
    ['that is gone', true],
  ] as const)('%s is told of once, and moved out of the way', async ([, isGone], context) => {
    requireTools(context, 'mkfifo');
    using desk = await deskWithFile();
    const state = join(desk.logDir, 'agreed-media.sqlite');
    if (isGone) rmSync(state);
    await withPipe(state + suffix, async () => {
      await desk.run();
    });
    const told = () => desk.notes.filter((note) => note.includes(`agreed-media.sqlite${suffix} is a link`));
    expect(told()).toHaveLength(1);
    expect(synced(desk.b)).toEqual(['file', 'other']);
    expect(lstatSync(`${state}.broken${suffix}`).isFIFO()).toBe(true);
    await desk.run();
    expect(told()).toHaveLength(1);
  });
});
