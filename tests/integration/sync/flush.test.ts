import { appendFileSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SyncIteration, SyncOperation } from '../../../shared/schemas/sync-record.ts';
import { cleanUpOpslogs } from '../../../electron/services/sync/runs/clean-up.ts';
import { flushLeftovers } from '../../../electron/services/sync/runs/flush.ts';
import { isSameDryRun } from '../../../electron/services/sync/store/dry-run-set.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { makeIteration, makeOperation, makeOperations } from '../../rig/sync-records.ts';
import { type FreshStore, kinds, useStoreKind } from './store-kinds.ts';

const clock = { now: () => new Date('2026-11-21T12:00:00.000Z') };

/** A run that ended, or was killed, and left its records. */
async function leaveOpslog(
  logDir: string,
  iteration: SyncIteration,
  operations: readonly SyncOperation[],
): Promise<{ file: string; iterationFile: string }> {
  const writer = await createOpslog({
    logDir,
    iteration: { ...iteration, status: 'running', ended_at: null },
  });
  await writer.append(operations);
  if (iteration.status !== 'running') await writer.finish(iteration);
  await writer.close();
  return writer;
}

function flush({ logDir, open }: FreshStore, pair = 'media') {
  return flushLeftovers({ logDir, pair, store: open(), clock });
}

describe.each(kinds)('the flush into %s', (kind) => {
  const stores = useStoreKind(kind);
  it('stores the runs of one pair, and deletes their files', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const { logDir, open } = fresh;
    // The name of a pair may begin as another one's with its direction does.
    const own = makeIteration({ sync_pair: 'media', direction: 'dell-to-hp' });
    const other = makeIteration({ sync_pair: 'media-dell', direction: 'to-hp' });
    const operations = makeOperations(own, 2500);
    await leaveOpslog(logDir, own, operations);
    const kept = await leaveOpslog(logDir, other, makeOperations(other, 3));
    expect(await flush(fresh)).toEqual({
      flushed: [{ iterationUid: own.iteration_uid, operations: 2500 }],
      kept: [],
      notes: [],
    });
    expect(
      readdirSync(logDir)
        .filter((name) => !name.startsWith('sync-audit'))
        .map((name) => join(logDir, name)),
    ).toEqual([kept.iterationFile, kept.file]);
    const store = open();
    expect(await store.iteration(own.iteration_uid)).toMatchObject(own);
    const rows = await store.operations(own.iteration_uid, { limit: 10_000 });
    expect(rows).toEqual(
      operations.map((operation) =>
        Object.assign({}, operation, { id: expect.any(Number), iteration_id: expect.any(Number) }),
      ),
    );
    expect(await flush(fresh)).toEqual({ flushed: [], kept: [], notes: [] });
  });

  it('stores nothing twice when the same files are found again', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const iteration = makeIteration();
    const { file, iterationFile } = await leaveOpslog(fresh.logDir, iteration, makeOperations(iteration, 40));
    const [lines, about] = [readFileSync(file), readFileSync(iterationFile)];
    await flush(fresh);
    // As if it had been killed just before, and after, the opslog was deleted.
    writeFileSync(file, lines);
    writeFileSync(iterationFile, about);
    expect(await flush(fresh)).toMatchObject({ flushed: [{ operations: 40 }], kept: [] });
    writeFileSync(iterationFile, about);
    expect(await flush(fresh)).toMatchObject({ flushed: [{ operations: 0 }], kept: [] });
    const store = fresh.open();
    expect(await store.operations(iteration.iteration_uid, { limit: 100 })).toHaveLength(40);
    expect(await store.iterations({ limit: 10 })).toMatchObject([iteration]);
  });

  it('records a killed run as failed, and reports the line it was writing', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const iteration = makeIteration({ status: 'running', ended_at: null, files_created: 0 });
    const operations = makeOperations(iteration, 5);
    const { file } = await leaveOpslog(fresh.logDir, iteration, operations);
    appendFileSync(file, JSON.stringify(operations[0]).slice(0, 60));
    const report = await flush(fresh);
    expect(report).toMatchObject({ flushed: [{ operations: 5 }], kept: [] });
    expect(report.notes).toEqual([
      expect.stringMatching(/^The run of dell-to-hp .* was cut off\. It is recorded as failed\.$/),
      expect.stringMatching(/^The last line of opslog-\S+ was cut off while it was written/),
    ]);
    expect(existsSync(file)).toBe(false);
    expect(await fresh.open().iteration(iteration.iteration_uid)).toMatchObject({
      status: 'failed',
      files_created: 5,
      ended_at: operations.at(-1)?.ended_at,
      error_message: 'The run was cut off: its process ended before it did.',
    });
  });

  it('takes a whole last line that has no newline', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const iteration = makeIteration();
    const operations = makeOperations(iteration, 2);
    const { file } = await leaveOpslog(fresh.logDir, iteration, operations.slice(0, 1));
    appendFileSync(file, JSON.stringify(operations[1]));
    expect(await flush(fresh)).toMatchObject({ flushed: [{ operations: 2 }], notes: [] });
  });

  it('sets a file with bad lines aside, with every line in it, and stores the good ones', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const iteration = makeIteration();
    const { file } = await leaveOpslog(fresh.logDir, iteration, makeOperations(iteration, 2));
    const [foreign] = makeOperations(makeIteration(), 1);
    appendFileSync(
      file,
      [
        '{"operation_uid":',
        JSON.stringify({ ...foreign }),
        JSON.stringify({ __proto__: null, operation: 'create' }),
        'x'.repeat(3 * 2 ** 20),
        '',
        '\u001b]0;owned\u0007',
        JSON.stringify({ ...makeOperations(iteration, 1)[0], filepath: 'x'.repeat(70_000) }),
        JSON.stringify({ ...makeOperations(iteration, 1)[0], started_at: '0000-01-01T00:00:00Z' }),
        `[${'['.repeat(50_000)}`,
        JSON.stringify(makeOperations(iteration, 1)[0]),
        '',
      ].join('\n'),
    );
    const before = readFileSync(file);
    const report = await flush(fresh);
    expect(report).toMatchObject({ flushed: [{ operations: 3 }], kept: [] });
    expect(report.notes).toEqual([expect.stringMatching(/^9 lines of opslog-\S+ could not be read\./)]);
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(`${file}.set-aside`).equals(before)).toBe(true);
    expect(await flush(fresh)).toEqual({ flushed: [], kept: [], notes: [] });
  });

  it('takes a dry run of a hundred thousand operations, which is then compared whole', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const iteration = makeIteration({ dry_run: true });
    const operations = makeOperations(iteration, 100_000);
    await leaveOpslog(fresh.logDir, iteration, operations);
    expect(await flush(fresh)).toMatchObject({ flushed: [{ operations: 100_000 }], kept: [] });
    const rows = (await fresh.open().lastDryRun('media', 'dell-to-hp'))?.rows ?? [];
    expect(isSameDryRun(rows, operations)).toBe(true);
    const [first, ...others] = operations;
    if (!first) throw new Error('no operations');
    expect(isSameDryRun(rows, others)).toBe(false);
    for (const other of [{ size_before: 1 }, { operation: 'update' as const }, { filepath: 'other' }])
      expect(isSameDryRun(rows, [...others, { ...first, ...other }])).toBe(false);
    expect(isSameDryRun(rows, [...others, others[0] ?? first])).toBe(false);
  });

  it('lets old records that no database took into the file in the log folder', async (context) => {
    stores.require(context);
    const fresh = await stores.fresh();
    const { logDir } = fresh;
    const iteration = makeIteration();
    const { file, iterationFile } = await leaveOpslog(logDir, iteration, makeOperations(iteration, 7));
    const young = makeIteration({ started_at: '2026-11-20T10:00:00.000Z' });
    const other = await leaveOpslog(logDir, young, makeOperations(young, 1));
    const daysAgo = (days: number) => new Date(clock.now().getTime() - days * 86_400_000);
    for (const path of [file, iterationFile]) utimesSync(path, daysAgo(11), daysAgo(11));
    for (const path of [other.file, other.iterationFile]) utimesSync(path, daysAgo(9), daysAgo(9));
    writeFileSync(join(logDir, 'opslog-media-fwd-2026-11-01T00:00:00Z.jsonl'), '{}\n');
    writeFileSync(join(logDir, 'opslog-x.jsonl.set-aside'), 'bad\n');
    for (const name of ['opslog-media-fwd-2026-11-01T00:00:00Z.jsonl', 'opslog-x.jsonl.set-aside'])
      utimesSync(join(logDir, name), daysAgo(11), daysAgo(11));
    const report = await cleanUpOpslogs({ logDir, pair: 'media', retainDays: 10, clock });
    expect(report.taken).toEqual([iteration.iteration_uid]);
    expect(report.notes).toHaveLength(3);
    expect(report.notes[0]).toMatch(
      /waited 10 days for the database\. They are now in the file .*sync-audit\.sqlite\.$/,
    );
    expect(
      readdirSync(logDir)
        .filter((name) => !name.endsWith('-journal'))
        .toSorted(),
    ).toEqual(
      [
        other.file.slice(logDir.length + 1),
        other.iterationFile.slice(logDir.length + 1),
        'opslog-media-fwd-2026-11-01T00:00:00Z.jsonl.set-aside',
        'sync-audit.sqlite',
      ].toSorted(),
    );
    // Not into the database.
    if (fresh.dsn) expect(await fresh.open().iterations({ limit: 1 })).toEqual([]);
    expect(await cleanUpOpslogs({ logDir, pair: 'media', retainDays: 10, clock })).toEqual({
      taken: [],
      removed: [],
      notes: [],
    });
  });
});

describe('records of one run that the store refuses', () => {
  const stores = useStoreKind('node:sqlite');

  it('wait, and keep none of the later ones waiting', async () => {
    const fresh = await stores.fresh();
    await fresh.open().saveIteration(makeIteration());
    const database = new DatabaseSync(join(fresh.logDir, 'sync-audit.sqlite'));
    database.exec(
      `CREATE TRIGGER refuse BEFORE INSERT ON sync_operations WHEN NEW.filepath = 'refused' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    );
    database.close();
    const runs = ['01', '02', '03'].map((hour) =>
      makeIteration({ started_at: `2026-11-21T${hour}:00:00.000Z` }),
    );
    const [first, second, third] = runs;
    for (const run of runs)
      await leaveOpslog(fresh.logDir, run, [
        makeOperation(run, { filepath: run === first ? 'refused' : 'taken' }),
      ]);
    const { flushed, kept } = await flush(fresh);
    expect(kept.map(({ iterationUid }) => iterationUid)).toEqual([first?.iteration_uid]);
    expect(flushed.map(({ iterationUid }) => iterationUid)).toEqual([
      second?.iteration_uid,
      third?.iteration_uid,
    ]);
  });
});
