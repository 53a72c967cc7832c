import { numberIn, textIn, uidOfNumber } from './rows.ts';
import type { SqlSession } from './sql-database.ts';
import type { SqlSessions } from './sql-sessions.ts';
import { sqlTime } from './sql-time.ts';

/** Rows of one DELETE: what locks a table for a moment, not for minutes. */
const rowsAtOnce = 5000;

/** See AuditStore. Whoever writes meanwhile waits for one batch at most. */
export async function dropOperations(
  sessions: SqlSessions,
  before: Date,
  keep: ReadonlySet<string>,
): Promise<number> {
  const limit = sqlTime(before);
  const doomed = await sessions.use((session) => doomedIterations(session, limit, keep));
  let dropped = 0;
  for (const id of doomed ?? []) dropped += await dropOf(sessions, id, limit);
  return dropped;
}

async function dropOf(sessions: SqlSessions, iteration: number, limit: string): Promise<number> {
  for (let dropped = 0; ; ) {
    // MySQL takes no LIMIT in a subquery of IN itself, but in one below it.
    const some = await sessions.transaction((session) =>
      session.change(
        `DELETE FROM sync_operations WHERE id IN (SELECT id FROM (
          SELECT id FROM sync_operations WHERE iteration_id = ? AND started_at < ? LIMIT ${rowsAtOnce}) AS doomed)`,
        [iteration, limit],
      ),
    );
    dropped += some;
    if (some < rowsAtOnce) return dropped;
  }
}

async function doomedIterations(
  session: SqlSession,
  limit: string,
  keep: ReadonlySet<string>,
): Promise<number[]> {
  const lastDryRuns = new Set(await lastDryRunIds(session));
  const old = await session.rows(
    `SELECT id, iteration_uid FROM sync_iterations
      WHERE id IN (SELECT iteration_id FROM sync_operations WHERE started_at < ?)`,
    [limit],
  );
  return old
    .filter(
      (row) =>
        !keep.has(
          row['iteration_uid'] === null ? uidOfNumber(numberIn(row, 'id')) : textIn(row, 'iteration_uid'),
        ),
    )
    .map((row) => numberIn(row, 'id'))
    .filter((id) => !lastDryRuns.has(id));
}

/** The same choice as `lastDryRun` makes, for each pair and direction. */
async function lastDryRunIds(session: SqlSession): Promise<number[]> {
  const directions = await session.rows(
    `SELECT DISTINCT sync_pair, direction FROM sync_iterations WHERE dry_run = 1 AND status = 'success'`,
  );
  const ids: number[] = [];
  for (const row of directions) {
    const [last] = await session.rows(
      `SELECT id FROM sync_iterations WHERE sync_pair = ? AND direction = ? AND dry_run = 1 AND status = 'success'
        ORDER BY started_at DESC, id DESC LIMIT 1`,
      [textIn(row, 'sync_pair'), textIn(row, 'direction')],
    );
    if (last) ids.push(numberIn(last, 'id'));
  }
  return ids;
}
