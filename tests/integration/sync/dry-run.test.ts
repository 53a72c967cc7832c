import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { syncRunText } from '../../../electron/cli/text/sync-run-text.ts';
import { readStatus } from '../../../electron/services/sync/runs/status.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

test('a dry run writes rows with dry_run = 1 and changes nothing; the same again is already current', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  put(desk.a, 'both.txt', 'newer and longer', 10);
  put(desk.b, 'both.txt', 'old', 5000);
  mkdirSync(`${desk.a}/empty`);
  const before = contents(desk.b);
  const { report: first } = await desk.run(desk.request({ dryRun: true }));
  expect(contents(desk.b)).toEqual(before);
  expect(first.currentAsOf).toBeUndefined();
  expect(first.iteration).toMatchObject({
    dry_run: true,
    status: 'success',
    files_created: 1,
    files_updated: 1,
    total_bytes_transferred: 0,
  });
  expect(first.trash).toBeUndefined();
  const { iterations, operations } = await desk.rows();
  expect(iterations).toEqual([expect.objectContaining({ dry_run: true, direction: 'a-to-b' })]);
  const planned = operations.map((row) => [row.operation, row.filepath, row.size_before, row.dry_run]);
  expect(planned.toSorted((one, other) => (String(one) < String(other) ? -1 : 1))).toEqual([
    ['create', 'empty/', null, true],
    ['create', 'new.txt', null, true],
    ['update', 'both.txt', 3, true],
  ]);

  const { report: second } = await desk.run(desk.request({ dryRun: true }));
  expect(second.currentAsOf).toBe(first.iteration.started_at);
  expect(await desk.rows()).toEqual({ iterations, operations });
  expect(desk.waiting()).toEqual([]);

  put(desk.a, 'another.txt', 'another');
  const { report: third } = await desk.run(desk.request({ dryRun: true }));
  expect(third.currentAsOf).toBeUndefined();
  expect((await desk.rows()).iterations).toHaveLength(2);
});

test('each direction has its own last dry run', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  await desk.run(desk.request({ dryRun: true }));
  const { report } = await desk.run(desk.back({ dryRun: true }));
  expect(report.currentAsOf).toBeUndefined();
  const { report: again } = await desk.run(desk.request({ dryRun: true }));
  expect(again.currentAsOf).toBeDefined();
});

test('runs and dry runs never count for each other', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  const { report: dry } = await desk.run(desk.request({ dryRun: true }));
  const { report: real } = await desk.run();
  expect(real.iteration).toMatchObject({ files_created: 1, dry_run: false });
  // The run in between has changed what a dry run finds; it is no dry run to compare with.
  const { report: empty } = await desk.run(desk.request({ dryRun: true }));
  expect(empty.currentAsOf).toBeUndefined();
  expect(empty.operationsTotal).toBe(0);
  const { report: same } = await desk.run(desk.request({ dryRun: true }));
  expect(same.currentAsOf).toBe(empty.iteration.started_at);
  const status = await readStatus({ logDir: desk.logDir }, desk.ports());
  expect(status.directions).toEqual([
    expect.objectContaining({
      pair: 'media',
      direction: 'a-to-b',
      lastRun: real.iteration,
      lastSuccess: real.iteration,
      lastDryRun: empty.iteration,
    }),
  ]);
  expect(dry.iteration.iteration_uid).not.toBe(empty.iteration.iteration_uid);
});

test('a dry run takes the lock, too', async () => {
  using desk = await new SyncDesk().init();
  const ports = desk.ports();
  const held: string[] = [];
  const watched = {
    ...ports,
    takeLock: (...words: Parameters<typeof ports.takeLock>) => {
      held.push(words[0].pair);
      return ports.takeLock(...words);
    },
  };
  await desk.run(desk.request({ dryRun: true }), { ports: watched });
  expect(held).toEqual(['media']);
});

test('a dry run says that a real run would be stopped, and is done all the same', async () => {
  using desk = await new SyncDesk().init();
  for (const name of ['1', '2', '3', '4']) put(desk.b, name, name);
  const { report } = await desk.run(desk.request({ dryRun: true, deleteMissing: true }));
  expect(report.wouldStop).toMatchObject({ code: 'SYNC_TOO_MANY_DELETIONS' });
  expect(report.iteration).toMatchObject({ status: 'success', files_deleted: 4 });
  expect(Object.keys(contents(desk.b))).toHaveLength(4);
});

test('without its database a dry run is printed, and its rows wait', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  const ports = desk.ports({ dsn: 'sync:secret@tcp(127.0.0.1:9)/general_db' });
  const { report } = await desk.run(desk.request({ dryRun: true }), { ports });
  expect(report).toMatchObject({ recorded: 'kept', operationsTotal: 1 });
  expect(desk.notes.join('\n')).toContain('The last dry run is not known.');
  const { report: later } = await desk.run(desk.request({ dryRun: true }));
  expect(later.currentAsOf).toBe(report.iteration.started_at);
});

test('a dry run is made also where the state file of the pair cannot be read, and says that a run would be refused', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'a.txt', 'a');
  await desk.run(desk.back());
  writeFileSync(join(desk.logDir, 'blocked-media.json'), '{');
  const { report } = await desk.run(desk.request({ dryRun: true }));
  expect(report.operationsTotal).toBe(1);
  expect(desk.notes.join('\n')).toContain('A real run would be refused. Pair media is blocked');
});

test('a log folder of dry runs alone is cleared of what is past its retention, too', async () => {
  using desk = await new SyncDesk().init();
  await desk.run(desk.request({ dryRun: true }));
  const left = join(desk.logDir, `iteration-x.json.${randomUUID()}`);
  writeFileSync(left, '{');
  utimesSync(left, 1, 1);
  await desk.run(desk.request({ dryRun: true }));
  expect(readdirSync(desk.logDir)).not.toContain(basename(left));
});

test('on the side that loses it names what wins there and why, as far as can be read, and what is only there', async () => {
  using desk = await new SyncDesk().init();
  for (let file = 10; file < 35; file += 1) {
    put(desk.a, `plan-${file}`, 'newer', 10);
    put(desk.b, `plan-${file}`, 'old', 5000);
  }
  put(desk.a, 'tie', 'larger', 100);
  put(desk.b, 'tie', 'small', 100);
  put(desk.a, 'only', 'only here');
  const { report } = await desk.run(desk.back({ dryRun: true }));
  expect([report.operations, report.stayingTotal]).toEqual([[], 26]);
  expect(report.staying?.[0]).toEqual({ kind: 'file', filepath: 'plan-10', reason: 'newer', size: 5 });
  const text = syncRunText(report);
  expect(text).toContain(
    `${desk.a} wins, so these stay; the other direction would do them (26):\n  update  plan-10  5 B  is newer\n`,
  );
  expect(text).toContain('  … and 6 more.\n');
  expect(text).toContain(`1 file is in ${desk.a} only; the other direction would copy it.`);
  // They are those that the other direction does, for the same reasons.
  const there = await desk.run(desk.request({ dryRun: true }));
  const updates = there.report.operations.filter(({ operation }) => operation === 'update');
  expect(report.staying?.map(({ filepath, reason }) => [filepath, reason])).toEqual(
    updates.map(({ filepath, reason }) => [filepath, reason]),
  );
  expect(there.report.staying).toBeUndefined();
});
