import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { lockLost } from '../../../electron/services/sync/engine/apply-problems.ts';
import { resumePair } from '../../../electron/services/sync/runs/resume.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

const resume = (desk: SyncDesk) =>
  resumePair({ pair: desk.pair, logDir: desk.logDir, lockTtlSeconds: 60 }, desk.ports(), {
    signal: new AbortController().signal,
  });

/** The source is empty, and deletions are asked for: the run is refused. */
async function refusedDesk(): Promise<SyncDesk> {
  const desk = await new SyncDesk().init();
  for (const name of ['1', '2', '3', '4']) put(desk.b, name, name);
  const refused = desk.run(desk.request({ deleteMissing: true }));
  await expect(refused).rejects.toMatchObject({ code: 'SYNC_TOO_MANY_DELETIONS' });
  return desk;
}

test('a refused run is recorded as failed, changes nothing, and keeps the other direction from bringing everything back', async () => {
  using desk = await refusedDesk();
  expect(Object.keys(contents(desk.b))).toHaveLength(4);
  const { iterations, operations } = await desk.rows();
  expect(iterations).toEqual([
    expect.objectContaining({ status: 'failed', error_message: expect.stringContaining('take 4 of') }),
  ]);
  expect(operations).toEqual([]);
  await expect(desk.run(desk.back())).rejects.toMatchObject({
    code: 'SYNC_BLOCKED',
    data: {
      what: expect.stringContaining('a-to-b, was refused'),
      state: expect.stringContaining('The refused run changed nothing'),
      next: expect.stringContaining(`sync resume --pair media --log-dir ${desk.logDir}`),
    },
  });
  expect(contents(desk.a)).toEqual({});
  // The refusal itself is no run.
  expect((await desk.rows()).iterations).toHaveLength(1);
});

test('a clean run of the failed direction clears it', async () => {
  using desk = await refusedDesk();
  await desk.run(desk.request({ deleteMissing: true, maxDeletePercent: 100 }));
  expect(desk.notes.at(-1)).toContain('no longer blocked');
  const { report } = await desk.run(desk.back());
  expect(report.iteration).toMatchObject({ status: 'success', files_created: 0 });
});

test('one whose lock is another’s by its end clears nothing', async () => {
  using desk = await refusedDesk();
  const ports = desk.ports();
  let confirmed = 0;
  const takeLock: typeof ports.takeLock = async (request, options) => {
    const lock = await ports.takeLock(request, options);
    const confirm = () => ((confirmed += 1) === 1 ? lock.confirm() : Promise.reject(lockLost()));
    return { deadline: lock.deadline, lost: lock.lost, confirm, release: () => lock.release() };
  };
  const request = desk.request({ deleteMissing: true, maxDeletePercent: 100 });
  await desk.run(request, { ports: { ...ports, takeLock } });
  expect(contents(desk.b)).toEqual({});
  expect(desk.notes.at(-1)).toContain('ran out');
  await expect(desk.run(desk.back())).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
});

test('so does `sync resume`, and it says what it cleared', async () => {
  using desk = await refusedDesk();
  expect(await resume(desk)).toMatchObject({ cleared: true, blocked: { direction: 'a-to-b' } });
  expect(await resume(desk)).toEqual({ pair: 'media', cleared: false });
  await desk.run(desk.back());
  expect(Object.keys(contents(desk.a))).toHaveLength(4);
});

test('directions are told apart by their roots, also when both carry the same label', async () => {
  using desk = await new SyncDesk().init();
  for (const name of ['1', '2', '3', '4']) put(desk.b, name, name);
  const fwd = { direction: 'fwd' };
  await expect(desk.run(desk.request({ ...fwd, deleteMissing: true }))).rejects.toMatchObject({
    code: 'SYNC_TOO_MANY_DELETIONS',
  });
  await expect(desk.run(desk.back(fwd))).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
  await desk.run(desk.request(fwd));
  await desk.run(desk.back(fwd));
});

test('a dry run of the waiting direction is made, and says that a run would be refused', async () => {
  using desk = await refusedDesk();
  const { report } = await desk.run(desk.back({ dryRun: true }));
  expect(report.operationsTotal).toBe(4);
  expect(desk.notes.join('\n')).toContain('A real run would be refused. Pair media is blocked');
  await expect(desk.run(desk.back())).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
});

test('pairs do not block each other', async () => {
  using desk = await refusedDesk();
  using other = await new SyncDesk('photos').init();
  put(other.b, 'b.txt', 'b');
  await other.run(other.back({ logDir: desk.logDir }));
  expect(contents(other.a)).toEqual({ 'b.txt': 'b' });
});

test('a state file that cannot be read blocks both directions until it is cleared', async () => {
  using desk = await refusedDesk();
  writeFileSync(join(desk.logDir, 'blocked-media.json'), '{ "pair": "media" ');
  for (const request of [desk.request(), desk.back()])
    await expect(desk.run(request)).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
  expect(await resume(desk)).toEqual({ pair: 'media', cleared: true });
  await desk.run(desk.back());
});

test('a disk that fails: the file before stays whole, exit code 1, the other direction waits, and the run is made up for', async (context) => {
  requireFaultLayer(context);
  using desk = await new SyncDesk().init();
  put(desk.a, 'movie.mkv', 'a'.repeat(300_000), 10);
  put(desk.b, 'movie.mkv', 'the version before', 5000);
  put(desk.a, 'small.txt', 'small');
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  const cli = new Desk();
  try {
    const sync = (src: string, dest: string, direction: string) =>
      cli.run(
        ['--src', src, '--dest', dest, '--pair', 'media', '--direction', direction, '--log-dir', desk.logDir],
        { entry: 'ha-sync.ts', env: faults.environment() },
      );
    faults.arm({ action: 'full', bytes: 100_000, below: desk.b });
    const failed = await sync(desk.a, desk.b, 'a-to-b');
    expect([failed.code, failed.stdout]).toEqual([
      1,
      expect.stringContaining('NOT COMPLETE: a part failed.'),
    ]);
    expect(failed.stdout).toContain('SYNC_INCOMPLETE');
    faults.disarm();
    expect(readFileSync(join(desk.b, 'movie.mkv'), 'utf8')).toBe('the version before');

    const refused = await sync(desk.b, desk.a, 'b-to-a');
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('SYNC_BLOCKED')]);
    expect(readFileSync(join(desk.a, 'movie.mkv'), 'utf8')).toHaveLength(300_000);

    const clean = await sync(desk.a, desk.b, 'a-to-b');
    expect([clean.code, clean.code === 0 ? '' : clean.stderr]).toEqual([0, '']);
    expect((await sync(desk.b, desk.a, 'b-to-a')).code).toBe(0);
    expect(contents(desk.b)).toEqual(contents(desk.a));
  } finally {
    cli.remove();
  }
});
