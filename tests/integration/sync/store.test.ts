import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSameDryRun } from '../../../electron/services/sync/store/dry-run-set.ts';
import { escapeName } from '../../../electron/services/sync/engine/byte-names.ts';
import { makeIteration, makeOperation, makeOperations } from '../../rig/sync-records.ts';
import { kinds, useStoreKind } from './store-kinds.ts';

function at(hour: number): { started_at: string } {
  return { started_at: `2026-11-21T${String(hour)}:00:00.000Z` };
}

function byDirection(one: { direction: string }, other: { direction: string }): number {
  return one.direction < other.direction ? -1 : 1;
}

describe.each(kinds)('the audit store on %s', (kind) => {
  const stores = useStoreKind(kind);

  it('gives back what was saved, with every column', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const iteration = makeIteration({
      error_message: 'Zwei Dateien fehlen: ä 😀',
      total_bytes_transferred: 2 ** 52,
    });
    const id = await store.saveIteration(iteration);
    const whole = makeOperation(iteration, {
      operation: 'update',
      kind: 'link',
      filepath: 'a b/ä 😀 \\x0a\\xff',
      size_before: 2 ** 52,
      size_after: 0,
      md5_before: 'd41d8cd98f00b204e9800998ecf8427e',
      md5_after: '900150983cd24fb0d6963f7d28e17f72',
      status: 'fail',
      error_message: 'Der Datenträger ist voll 😀',
      reason: 'newer-within-threshold',
      conflict: true,
      trashed: true,
    });
    const bare = makeOperation(iteration, { ended_at: null, size_after: null });
    await store.saveOperations(iteration, [whole, bare]);
    expect(await store.iteration(iteration.iteration_uid)).toEqual({ ...iteration, id });
    const rows = await store.operations(iteration.iteration_uid, { limit: 10 });
    expect(rows).toEqual([
      { ...whole, id: expect.any(Number), iteration_id: id },
      { ...bare, id: expect.any(Number), iteration_id: id },
    ]);
    expect(
      await store.operations(iteration.iteration_uid, { after: rows[0]?.id ?? 0, limit: 10 }),
    ).toHaveLength(1);
    expect(await store.conflicts([iteration.iteration_uid, makeIteration().iteration_uid])).toEqual(
      new Map([[iteration.iteration_uid, 1]]),
    );
  });

  it('keeps the bytes of every name, also where the column for reading has no room', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const iteration = makeIteration();
    await store.saveIteration(iteration);
    const everyByte = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    const names = [
      everyByte,
      'caf\xc3\xa9',
      'cafe\xcc\x81',
      'CAF\xc3\x89',
      Array.from({ length: 15 }, () => '\xff'.repeat(255)).join('/'),
      'x '.repeat(3),
    ].map(escapeName);
    expect(Math.max(...names.map((name) => name.length))).toBeGreaterThan(4096);
    await store.saveOperations(
      iteration,
      names.map((filepath) => makeOperation(iteration, { filepath })),
    );
    const rows = await store.operations(iteration.iteration_uid, { limit: 100 });
    expect(rows.map(({ filepath }) => filepath)).toEqual(names);
  });

  it('has one row of what is saved twice, and says which are missing', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const iteration = makeIteration();
    const operations = makeOperations(iteration, 2300);
    const id = await store.saveIteration({ ...iteration, status: 'running', ended_at: null });
    expect(await store.saveIteration({ ...iteration, status: 'running', ended_at: null })).toBe(id);
    await store.saveOperations(iteration, operations.slice(0, 1700));
    const uids = operations.map(({ operation_uid }) => operation_uid);
    expect(await store.missingOperations(iteration.iteration_uid, uids)).toEqual(uids.slice(1700));
    await store.saveOperations(iteration, operations);
    expect(await store.missingOperations(iteration.iteration_uid, uids)).toEqual([]);
    expect(await store.missingOperations(makeIteration().iteration_uid, uids.slice(0, 3))).toEqual(
      uids.slice(0, 3),
    );
    const rows = await store.operations(iteration.iteration_uid, { limit: 10_000 });
    expect(rows.map(({ operation_uid }) => operation_uid)).toEqual(uids);
    expect(await store.saveIteration(iteration)).toBe(id);
    // Found once more by a run that does not know how it ended.
    await store.saveIteration({ ...iteration, status: 'running', ended_at: null });
    expect((await store.iteration(iteration.iteration_uid))?.status).toBe('success');
    expect(await store.iterations({ limit: 10 })).toHaveLength(1);
    expect(await store.countsOf(iteration.iteration_uid)).toMatchObject({
      files_created: 2300,
      files_failed: 0,
    });
  });

  it('refuses a row that does not fit, with the whole batch, instead of cutting it', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const iteration = makeIteration();
    await store.saveIteration(iteration);
    const bad = makeOperation(iteration, { operation: 'rename' as 'create' });
    await expect(store.saveOperations(iteration, [makeOperation(iteration), bad])).rejects.toMatchObject({
      code: 'SYNC_STORE_UNAVAILABLE',
    });
    expect(await store.operations(iteration.iteration_uid, { limit: 10 })).toEqual([]);
  });

  it('finds the last successful dry run of a direction, and never a real one', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const dry = makeIteration({ ...at(10), dry_run: true });
    const rows = Array.from({ length: 30 }, (_, index) =>
      makeOperation(dry, { filepath: `${index}.jpg`, size_before: index % 2 ? index : null }),
    );
    const others = [
      makeIteration({ ...at(11), dry_run: false }),
      makeIteration({ ...at(12), dry_run: true, status: 'failed' }),
      makeIteration({ ...at(13), dry_run: true, direction: 'hp-to-dell' }),
      makeIteration({ ...at(14), dry_run: true, sync_pair: 'photos' }),
    ];
    for (const one of [dry, ...others]) await store.saveIteration(one);
    await store.saveOperations(dry, rows);
    const last = await store.lastDryRun('media', 'dell-to-hp');
    expect(last?.iteration.iteration_uid).toBe(dry.iteration_uid);
    expect(isSameDryRun(last?.rows ?? [], rows.toReversed())).toBe(true);
    expect(await store.lastDryRun('media', 'nowhere')).toBeUndefined();
    expect(
      (await store.iterations({ pair: 'media', limit: 10 })).map(({ started_at }) => started_at),
    ).toEqual([13, 12, 11, 10].map((hour) => at(hour).started_at));
    expect(
      await store.iterations({ pair: 'media', direction: 'dell-to-hp', dryRun: true, limit: 1 }),
    ).toMatchObject([{ status: 'failed' }]);
  });

  it('tells pairs and directions apart by every letter', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    const store = open();
    const names = [
      ['media', 'Dell-to-hp'],
      ['media', 'dell-to-HP'],
      ['media', 'dell-to-hp'],
    ] as const;
    for (const [sync_pair, direction] of names) {
      const iteration = makeIteration({ sync_pair, direction, dry_run: true });
      await store.saveIteration(iteration);
      await store.saveOperations(iteration, [makeOperation(iteration, { filepath: direction })]);
    }
    expect(await store.directions('media')).toEqual(
      names.map(([pair, direction]) => ({ pair, direction })).toSorted(byDirection),
    );
    expect(await store.directions('MEDIA')).toEqual([]);
    for (const [pair, direction] of names) {
      expect((await store.iterations({ pair, direction, limit: 10 })).map((row) => row.direction)).toEqual([
        direction,
      ]);
      expect((await store.lastDryRun(pair, direction))?.rows.map(({ filepath }) => filepath)).toEqual([
        direction,
      ]);
    }
    expect(await store.lastDryRun('media', 'DELL-TO-HP')).toBeUndefined();
    // Each keeps the rows of its own last dry run.
    expect(await store.dropOperations(new Date('2030-01-01'), new Set())).toBe(0);
  });

  it('only looks where it may change nothing', async (context) => {
    stores.require(context);
    const { open, logDir } = await stores.fresh();
    const looking = open({ readOnly: true });
    expect(await looking.iterations({ limit: 10 })).toEqual([]);
    expect(await looking.lastDryRun('media', 'fwd')).toBeUndefined();
    expect(await looking.conflicts([makeIteration().iteration_uid])).toEqual(new Map());
    expect(readdirSync(logDir)).toEqual([]);
    const iteration = makeIteration();
    await open().saveIteration(iteration);
    expect(await looking.iterations({ limit: 10 })).toMatchObject([
      { iteration_uid: iteration.iteration_uid },
    ]);
  });

  it('takes the records of several runs at once', async (context) => {
    stores.require(context);
    const { open } = await stores.fresh();
    // Each of them finds no tables, and makes them.
    const runs = [1, 2, 3].map(() => ({ store: open(), iteration: makeIteration() }));
    await Promise.all(
      runs.map(async ({ store, iteration }) => {
        await store.saveIteration(iteration);
        await store.saveOperations(iteration, makeOperations(iteration, 600));
      }),
    );
    for (const { store, iteration } of runs)
      expect(await store.operations(iteration.iteration_uid, { limit: 1000 })).toHaveLength(600);
  });
});
