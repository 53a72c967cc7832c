import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { isTaken, refuseOtherThanPlainDatabase } from '../../durable/plain-file-place.ts';
import { makeOwnerFile } from '../../durable/make-owner-file.ts';
import type { SqlConnection, SqlDatabase, SqlDialect } from './sql-database.ts';
import { isBusy, sqliteProblem } from './sqlite-problems.ts';

/** The file in the log folder that stands for a database where none is named. */
export const embeddedFileName = 'sync-audit.sqlite';

const dialect: SqlDialect = {
  name: 'sqlite',
  keepFirst: (uniqueColumn) => `ON CONFLICT (${uniqueColumn}) DO NOTHING`,
};

/** A file that another connection has locked is asked again, ten seconds in all; the loop is free for other work meanwhile. */
const busyAttempts = 200;
const busyWaitMs = 50;

/** Statements that are kept for the next time: the long INSERTs of a flush take longer to parse than to carry out. */
const preparedAtOnce = 8;

/** `node:sqlite` on a file in the log folder, in which all pairs write. With `readOnly` it is never made. */
export function sqliteDatabase(logDir: string, { readOnly }: { readonly readOnly: boolean }): SqlDatabase {
  const file = join(logDir, embeddedFileName);
  return {
    description: `the file ${file}`,
    notes: [],
    // Each commit waits for the disk a few times; others who write the file wait for some tenths of a second.
    rowsInTransaction: 10_000,
    async connect() {
      // Not existsSync, for which a file that may not be looked at is none.
      if (readOnly && !isTaken(file)) return undefined;
      refuseOtherThanPlainDatabase(file);
      // Loaded where it is needed: a run with a database of its own does without.
      const { DatabaseSync: Database } = await import('node:sqlite');
      if (!readOnly) makeOwnerFile(file);
      return openFile(new Database(file, { readOnly, timeout: 0, enableForeignKeyConstraints: true }), {
        readOnly,
      });
    },
    problemOf: (error) => sqliteProblem(file, error),
    isPassing: () => false,
    isAlreadyThere: (error) =>
      error instanceof Error && /^(?:duplicate column name|index \S+ already exists)/.test(error.message),
  };
}

async function openFile(
  file: DatabaseSync,
  { readOnly }: { readonly readOnly: boolean },
): Promise<SqlConnection> {
  let isOver = false;
  const prepared = new Map<string, StatementSync>();
  const statementOf = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? file.prepare(text);
    // The one that was not used for the longest time is the first.
    prepared.delete(text);
    prepared.set(text, statement);
    for (const [oldest] of prepared) if (prepared.size > preparedAtOnce) prepared.delete(oldest);
    return statement;
  };
  const rows: SqlConnection['rows'] = (statement, values = []) =>
    whenFree(() => statementOf(statement).all(...values));
  const connection: SqlConnection = {
    dialect,
    rows,
    change: (statement, values = []) => whenFree(() => Number(statementOf(statement).run(...values).changes)),
    changeTables: (statement) => whenFree(() => file.exec(statement)),
    hasTable: async (table) =>
      (await rows(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?`, [table])).length > 0,
    hasColumn: async (table, column) =>
      (await rows('SELECT name FROM pragma_table_info(?) WHERE name = ?', [table, column])).length > 0,
    hasIndex: async (_table, index) =>
      (await rows(`SELECT name FROM sqlite_master WHERE type = 'index' AND name = ?`, [index])).length > 0,
    // Another writer is waited for here, where nothing was done yet.
    begin: () => whenFree(() => file.exec('BEGIN IMMEDIATE')),
    commit: () => whenFree(() => file.exec('COMMIT')),
    rollback: () => settled(() => file.exec('ROLLBACK')),
    isLost: () => isOver,
    async end() {
      if (isOver) return;
      isOver = true;
      file.close();
    },
  };
  try {
    // No write-ahead log: it does not work on network file systems, where the log folder usually is. A journal that is
    // truncated is on the disk when the commit is over, without a wait for the folder: opslogs are deleted once their rows
    // are here, so that a commit must survive a power cut.
    if (!readOnly) {
      await whenFree(() => file.exec('PRAGMA journal_mode = TRUNCATE'));
      await settled(() => file.exec('PRAGMA synchronous = FULL'));
    }
    await whenFree(() => file.exec('PRAGMA schema_version'));
  } catch (error) {
    await connection.end();
    throw error;
  }
  return connection;
}

/** What is thrown becomes a rejection, and others have their turn after it: each statement blocks the loop. */
async function settled<Result>(work: () => Result): Promise<Result> {
  const result = work();
  await new Promise((done) => setImmediate(done));
  return result;
}

async function whenFree<Result>(work: () => Result): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await settled(work);
    } catch (error) {
      if (!isBusy(error) || attempt === busyAttempts) throw error;
      await setTimeout(busyWaitMs);
    }
  }
}
