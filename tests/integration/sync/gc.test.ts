import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { gcRecords } from '../../../electron/services/sync/runs/gc-run.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { makeIteration, makeOperation, makeOperations } from '../../rig/sync-records.ts';
import { kinds, useStoreKind } from './store-kinds.ts';

function on(day: string): { started_at: string; ended_at: string } {
  return { started_at: `2026-${day}T10:00:00.000Z`, ended_at: `2026-${day}T11:00:00.000Z` };
}

describe.each(kinds)('old operation rows in %s', (kind) => {
  const stores = useStoreKind(kind);

  it('go, but those of the last dry runs and of what can still be undone', async (context) => {
    stores.require(context);
    const store = (await stores.fresh()).open();
    const runs = {
      old: makeIteration(on('09-01')),
      large: makeIteration(on('09-02')),
      undoable: makeIteration(on('09-03')),
      earlierDryRun: makeIteration({ ...on('09-04'), dry_run: true }),
      lastDryRun: makeIteration({ ...on('09-05'), dry_run: true }),
      failedDryRun: makeIteration({ ...on('09-06'), dry_run: true, status: 'failed' }),
      lastOfOther: makeIteration({ ...on('09-04'), dry_run: true, direction: 'hp-to-dell' }),
      young: makeIteration(on('11-01')),
    };
    for (const [name, run] of Object.entries(runs)) {
      await store.saveIteration(run);
      const rows = name === 'large' ? makeOperations(run, 5100) : [makeOperation(run), makeOperation(run)];
      await store.saveOperations(
        run,
        rows.map((row) => Object.assign(row, on(run.started_at.slice(5, 10)))),
      );
    }
    // A run that began before the limit and went on after it.
    await store.saveOperations(runs.old, [makeOperation(runs.old, on('10-30'))]);
    const before = new Date('2026-10-22T12:00:00.000Z');
    expect(await store.dropOperations(before, new Set([runs.undoable.iteration_uid]))).toBe(2 + 5100 + 2 + 2);
    const left = await Promise.all(
      Object.entries(runs).map(async ([name, run]) => [
        name,
        (await store.operations(run.iteration_uid, { limit: 10 })).length,
      ]),
    );
    expect(Object.fromEntries(left)).toEqual({
      old: 1,
      large: 0,
      undoable: 2,
      earlierDryRun: 0,
      lastDryRun: 2,
      failedDryRun: 0,
      lastOfOther: 2,
      young: 2,
    });
    expect(await store.iterations({ limit: 100 })).toHaveLength(8);
    expect(await store.dropOperations(before, new Set([runs.undoable.iteration_uid]))).toBe(0);
  });

  it('are looked for among the runs that changed something before a day, however many came after', async (context) => {
    stores.require(context);
    const store = (await stores.fresh()).open();
    const old = makeIteration(on('09-01'));
    const none = { files_created: 0 };
    for (const run of [
      old,
      makeIteration({ ...on('09-02'), ...none }),
      makeIteration({ ...on('09-02'), ...none, files_failed: 1, dry_run: true }),
      makeIteration(on('11-01')),
    ])
      await store.saveIteration(run);
    const before = new Date('2026-10-22T12:00:00.000Z');
    const found = await store.iterations({ dryRun: false, before, changing: true, limit: 1 });
    expect(found.map((run) => run.iteration_uid)).toEqual([old.iteration_uid]);
  });
});

it('rows of a side that cannot be seen stay, however many runs came since', async () => {
  const logDir = mkdtempSync(join(tmpdir(), 'sifaka-gc-'));
  const clock = { now: () => new Date('2026-11-21T12:00:00.000Z') };
  try {
    const store = openAuditStore({ logDir, clock });
    const old = makeIteration({ ...on('09-01'), dest: '/nowhere/that/is/mounted' });
    await store.saveIteration(old);
    await store.saveOperations(old, [makeOperation(old, on('09-01'))]);
    await store.close();
    fillWith20kRuns(join(logDir, 'sync-audit.sqlite'));
    const openStore = () => openAuditStore({ logDir, clock });
    expect(await gcRecords({ logDir, retainDays: 30 }, { clock, openStore })).toMatchObject({
      dropped: 0,
      kept: 1,
      unseen: ['/nowhere/that/is/mounted'],
    });
  } finally {
    rmSync(logDir, { recursive: true, force: true });
  }
});

/** As a pair makes them whose timer goes off every minute. */
function fillWith20kRuns(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO sync_iterations (iteration_uid, sync_pair, direction, src, dest, started_at, status, dry_run, files_created)
      SELECT printf('00000000-0000-4000-8000-%012d', i), 'media', 'fwd', '/a', '/b', '2026-11-20 10:00:00.000', 'success', 0, 1 FROM n`,
  );
  database.close();
}
