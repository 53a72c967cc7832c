import type { SyncIteration, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import type { AuditStore, StoredCounts } from './audit-store.ts';
import { dropOperations } from './drop-operations.ts';
import { lastDryRun } from './last-dry-run.ts';
import {
  iterationColumns,
  iterationOf,
  iterationValues,
  numberIn,
  numberOfUid,
  operationColumns,
  operationOf,
  operationValues,
  operationWordOf,
  textIn,
} from './rows.ts';
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from './sql-database.ts';
import type { SqlSessions } from './sql-sessions.ts';
import { sqlTime } from './sql-time.ts';

/** Rows of one INSERT: below the 65,535 values that a statement of MySQL may have, and the 32,766 of SQLite. */
const rowsAtOnce = 500;
/** One INSERT stays below it, also with long names: a server takes 16 MiB at least, where nobody set it lower. */
const bytesAtOnce = 768 * 1024;

/** The statements are the same for both kinds of database. */
export function createSqlAuditStore(database: SqlDatabase, sessions: SqlSessions): AuditStore {
  return {
    description: database.description,
    notes: database.notes,
    saveIteration: (iteration) => sessions.transaction((session) => saveIteration(session, iteration)),
    async saveOperations(iteration, operations) {
      for (const some of slices(operations, database.rowsInTransaction))
        await sessions.transaction((session) => insertOperations(session, iteration, some));
    },
    async missingOperations(iterationUid, uids) {
      const stored = new Set<string>();
      for (const some of slices(uids, rowsAtOnce))
        await sessions.use(async (session) => {
          // Asked for by their uids alone: with the iteration as a condition, databases go through all of its rows each time.
          const rows = await session.rows(
            `SELECT operation_uid, iteration_id FROM sync_operations WHERE operation_uid IN (${marks(some.length)})`,
            some,
          );
          if (rows.length === 0) return;
          const id = await findId(session, iterationUid);
          for (const row of rows)
            if (numberIn(row, 'iteration_id') === id) stored.add(textIn(row, 'operation_uid'));
        });
      return uids.filter((uid) => !stored.has(uid));
    },
    async countsOf(iterationUid) {
      const rows = await sessions.use((session) =>
        session.rows(
          `SELECT o.operation, o.status, COUNT(*) AS operations, SUM(o.size_after) AS bytes
            FROM sync_operations o JOIN sync_iterations i ON i.id = o.iteration_id
            WHERE i.iteration_uid = ? GROUP BY o.operation, o.status`,
          [iterationUid],
        ),
      );
      return countsIn(rows ?? []);
    },
    lastDryRun: (pair, direction) => sessions.use((session) => lastDryRun(session, pair, direction)),
    async directions(pair) {
      const rows = await sessions.use((session) =>
        session.rows(
          `SELECT DISTINCT sync_pair, direction FROM sync_iterations ${pair === undefined ? '' : 'WHERE sync_pair = ?'}
            ORDER BY sync_pair, direction`,
          pair === undefined ? [] : [pair],
        ),
      );
      return (rows ?? []).map((row) => ({
        pair: textIn(row, 'sync_pair'),
        direction: textIn(row, 'direction'),
      }));
    },
    async iterations({ pair, direction, dryRun, status, before, changing, limit }) {
      const wanted: [string, SqlValue][] = [];
      if (pair !== undefined) wanted.push(['sync_pair = ?', pair]);
      if (direction !== undefined) wanted.push(['direction = ?', direction]);
      if (dryRun !== undefined) wanted.push(['dry_run = ?', Number(dryRun)]);
      if (status !== undefined) wanted.push(['status = ?', status]);
      if (before !== undefined) wanted.push(['started_at < ?', sqlTime(before)]);
      if (changing) wanted.push(['files_created + files_updated + files_deleted + files_failed > ?', 0]);
      const where =
        wanted.length === 0 ? '' : `WHERE ${wanted.map(([condition]) => condition).join(' AND ')}`;
      const rows = await sessions.use((session) =>
        session.rows(
          `SELECT * FROM sync_iterations ${where} ORDER BY started_at DESC, id DESC LIMIT ${whole(limit)}`,
          wanted.map(([, value]) => value),
        ),
      );
      return (rows ?? []).map(iterationOf);
    },
    async iteration(uid) {
      const { condition, value } = isIteration(uid);
      const rows = await sessions.use((session) =>
        session.rows(`SELECT i.* FROM sync_iterations i WHERE ${condition}`, [value]),
      );
      return rows?.map(iterationOf)[0];
    },
    async operations(uid, { after = 0, limit }) {
      const { condition, value } = isIteration(uid);
      const rows = await sessions.use((session) =>
        session.rows(
          `SELECT o.*, i.iteration_uid FROM sync_operations o JOIN sync_iterations i ON i.id = o.iteration_id
            WHERE ${condition} AND o.id > ? ORDER BY o.id LIMIT ${whole(limit)}`,
          [value, after],
        ),
      );
      return (rows ?? []).map(operationOf);
    },
    async conflicts(uids) {
      const found = new Map<string, number>();
      for (const some of slices(uids, rowsAtOnce)) {
        const rows = await sessions.use((session) =>
          session.rows(
            `SELECT i.iteration_uid, COUNT(*) AS conflicts FROM sync_operations o JOIN sync_iterations i ON i.id = o.iteration_id
              WHERE i.iteration_uid IN (${marks(some.length)}) AND o.conflict = 1 GROUP BY i.iteration_uid`,
            some,
          ),
        );
        for (const row of rows ?? []) found.set(textIn(row, 'iteration_uid'), numberIn(row, 'conflicts'));
      }
      return found;
    },
    dropOperations: (before, keep) => dropOperations(sessions, before, keep),
    close: () => sessions.close(),
  };
}

async function saveIteration(session: SqlSession, iteration: SyncIteration): Promise<number> {
  const columns = iterationColumns.filter((column) => column !== 'iteration_uid');
  await session.change(
    `INSERT INTO sync_iterations (${iterationColumns.join(', ')}) VALUES (${marks(iterationColumns.length)})
      ${session.dialect.keepFirst('iteration_uid')}`,
    iterationValues(iteration),
  );
  // One that was killed and found again must not look as if it ran; one that is running has nothing to add.
  if (iteration.status !== 'running')
    await session.change(
      `UPDATE sync_iterations SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE iteration_uid = ?`,
      [...iterationValues(iteration).slice(1), iteration.iteration_uid],
    );
  const id = await findId(session, iteration.iteration_uid);
  if (id === undefined) throw new Error('An iteration that was just saved is not there.');
  return id;
}

async function insertOperations(
  session: SqlSession,
  iteration: SyncIteration,
  operations: readonly SyncOperation[],
): Promise<void> {
  const id =
    (await findId(session, iteration.iteration_uid)) ??
    (await saveIteration(session, { ...iteration, status: 'running', ended_at: null }));
  const row = `(${marks(operationColumns.length)})`;
  for (const some of statementsOf(operations))
    await session.change(
      `INSERT INTO sync_operations (${operationColumns.join(', ')}) VALUES ${some.map(() => row).join(', ')}
        ${session.dialect.keepFirst('operation_uid')}`,
      some.flatMap((operation) => operationValues(operation, id)),
    );
}

/** Not too many rows and not too many bytes each. */
function statementsOf(operations: readonly SyncOperation[]): SyncOperation[][] {
  const statements: SyncOperation[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const operation of operations) {
    const length = 512 + 8 * (operation.filepath.length + (operation.error_message?.length ?? 0));
    const last = statements.at(-1);
    if (last && last.length < rowsAtOnce && bytes + length <= bytesAtOnce) {
      last.push(operation);
      bytes += length;
    } else {
      statements.push([operation]);
      bytes = length;
    }
  }
  return statements;
}

async function findId(session: SqlSession, iterationUid: string): Promise<number | undefined> {
  const [row] = await session.rows('SELECT id FROM sync_iterations WHERE iteration_uid = ?', [iterationUid]);
  return row && numberIn(row, 'id');
}

/** By its uid, or by its number where a tool without uids made it. */
function isIteration(uid: string): { condition: string; value: SqlValue } {
  const number = numberOfUid(uid);
  return number === undefined
    ? { condition: 'i.iteration_uid = ?', value: uid }
    : { condition: 'i.iteration_uid IS NULL AND i.id = ?', value: number };
}

function countsIn(rows: readonly SqlRow[]): StoredCounts {
  const counts = {
    files_created: 0,
    files_updated: 0,
    files_deleted: 0,
    files_failed: 0,
    total_bytes_transferred: 0,
  };
  const columns = { create: 'files_created', update: 'files_updated', delete: 'files_deleted' } as const;
  for (const row of rows) {
    const number = numberIn(row, 'operations');
    const operation = operationWordOf(row);
    if (row['status'] !== 'success') counts.files_failed += number;
    else {
      counts[columns[operation]] += number;
      if (operation !== 'delete') counts.total_bytes_transferred += numberIn(row, 'bytes');
    }
  }
  return counts;
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

function slices<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
}

/** A LIMIT stands in the text of a statement: MySQL takes no value of the kind that a driver sends for a number there. */
function whole(limit: number): number {
  return Math.max(1, Math.trunc(limit));
}
