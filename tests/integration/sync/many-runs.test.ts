import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readStatus } from '../../../electron/services/sync/runs/status.ts';
import { embeddedFileName } from '../../../electron/services/sync/store/sqlite-database.ts';
import { SyncDesk } from './sync-desk.ts';

/** As many later runs of the same direction as there are after a while: none of them ran clean, and none changed anything. */
function addLaterRuns({ logDir }: SyncDesk, count: number): void {
  using database = new DatabaseSync(join(logDir, embeddedFileName));
  database
    .prepare(
      `WITH RECURSIVE later(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM later WHERE n < ?)
       INSERT INTO sync_iterations (sync_pair, direction, src, dest, started_at, ended_at, status, files_created,
         files_updated, files_deleted, files_skipped, files_failed, total_bytes_transferred, dry_run, iteration_uid)
       SELECT sync_pair, direction, src, dest, '2099-01-01 00:00:00.000', ended_at, 'failed', 0, 0, 0, 0, 0, 0, 0,
         printf('00000000-0000-4000-8000-%012d', n)
       FROM later, (SELECT * FROM sync_iterations ORDER BY id LIMIT 1)`,
    )
    .run(count);
}

test('after thousands of runs of one pair, a status still has the last clean one, and the pairs that are quiet', async () => {
  using desk = await new SyncDesk().init();
  const { report } = await desk.run();
  await desk.run(desk.back());
  addLaterRuns(desk, 2100);
  const { directions } = await readStatus({ logDir: desk.logDir }, desk.ports());
  expect(directions).toMatchObject([
    {
      pair: 'media',
      direction: 'a-to-b',
      lastRun: { status: 'failed' },
      lastSuccess: { iteration_uid: report.iteration.iteration_uid },
    },
    { pair: 'media', direction: 'b-to-a', lastRun: { status: 'success' } },
  ]);
  expect(directions[0]).not.toHaveProperty('lastDryRun');
  const { directions: none } = await readStatus({ logDir: desk.logDir, pair: 'photos' }, desk.ports());
  expect(none).toEqual([]);
});
