import type { DryRunRow, StoredIteration } from './audit-store.ts';
import { dryRunRowOf, iterationOf } from './rows.ts';
import type { SqlSession } from './sql-database.ts';

/** Rows that are read at once. */
const page = 20_000;

/** The specification's question for it, and its rows. Rows of a run that only looked are never asked for by others. */
export async function lastDryRun(
  session: SqlSession,
  pair: string,
  direction: string,
): Promise<{ iteration: StoredIteration; rows: DryRunRow[] } | undefined> {
  const found = await session.rows(
    `SELECT * FROM sync_iterations
      WHERE sync_pair = ? AND direction = ? AND dry_run = 1 AND status = 'success'
      ORDER BY started_at DESC, id DESC LIMIT 1`,
    [pair, direction],
  );
  const [iteration] = found.map(iterationOf);
  if (!iteration) return undefined;
  const rows: DryRunRow[] = [];
  for (let after = 0; ; ) {
    const some = await session.rows(
      `SELECT id, filepath, filepath_raw, operation, size_before FROM sync_operations
        WHERE iteration_id = ? AND id > ? ORDER BY id LIMIT ${page}`,
      [iteration.id, after],
    );
    for (const { id, ...row } of some.map(dryRunRowOf)) {
      rows.push(row);
      after = id;
    }
    if (some.length < page) return { iteration, rows };
  }
}
