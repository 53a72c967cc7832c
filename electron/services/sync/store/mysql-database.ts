import { setTimeout } from 'node:timers/promises';
import type { Connection, ConnectionOptions } from 'mysql2/promise';
import { describeDsn, type Dsn } from './dsn.ts';
import {
  hasNoTls,
  isAlreadyThere,
  isConnectionOver,
  isDeadlock,
  mysqlProblem,
  NoAnswer,
} from './mysql-problems.ts';
import type { SqlConnection, SqlDatabase, SqlDialect, SqlRow } from './sql-database.ts';

const dialect: SqlDialect = {
  name: 'mysql',
  keepFirst: (uniqueColumn) => `ON DUPLICATE KEY UPDATE ${uniqueColumn} = ${uniqueColumn}`,
};

/** A server copies a table of millions of rows for a new column; half an hour where an answer may take 30 seconds. */
const tableChangeFactor = 60;

/** MySQL or MariaDB, by mysql2. */
export function mysqlDatabase(dsn: Dsn): SqlDatabase {
  const description = describeDsn(dsn);
  return {
    description,
    notes: dsn.notes,
    // What a server keeps to take a transaction back stays small.
    rowsInTransaction: 2000,
    connect: () => connect(dsn),
    problemOf: (error) => mysqlProblem(description, error),
    isPassing: isDeadlock,
    isAlreadyThere,
  };
}

async function connect(dsn: Dsn): Promise<SqlConnection> {
  // Loaded where it is needed: a run without a database does without.
  const { createConnection } = await import('mysql2/promise');
  const options = connectionOptions(dsn);
  const plain = { ...options };
  delete plain.ssl;
  let made: Connection;
  try {
    made = await createConnection(options);
  } catch (error) {
    if (dsn.tls !== 'preferred' || !hasNoTls(error)) throw error;
    made = await createConnection(plain);
  }
  const connection = speakOver(made, dsn.answerTimeoutMs);
  try {
    // Whatever the server's own setting: a value that does not fit is an error, and never cut.
    await connection.change(
      `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION time_zone = '+00:00'`,
    );
  } catch (error) {
    await connection.end();
    throw error;
  }
  return connection;
}

function connectionOptions(dsn: Dsn): ConnectionOptions {
  const { address, tls } = dsn;
  return {
    ...(address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port }),
    user: dsn.user,
    password: dsn.password,
    database: dsn.database,
    charset: 'UTF8MB4_BIN',
    timezone: 'Z',
    // Times stay the texts they are in the table: they are UTC, whatever the zone of this machine.
    dateStrings: true,
    supportBigNumbers: true,
    connectTimeout: dsn.connectTimeoutMs,
    // What the server names its columns is no program text.
    disableEval: true,
    trace: false,
    // It may not ask for a file of this machine.
    flags: ['-LOCAL_FILES'],
    ...(tls === 'off' ? {} : { ssl: sslOptions(tls) }),
  };
}

function sslOptions(tls: Dsn['tls']): NonNullable<ConnectionOptions['ssl']> {
  const isVerified = tls === 'verified';
  return { rejectUnauthorized: isVerified, verifyIdentity: isVerified };
}

function speakOver(connection: Connection, answerTimeoutMs: number): SqlConnection {
  let isOver = false;
  // Without a listener an error between two statements would end the process.
  connection.on('error', () => {
    isOver = true;
  });
  connection.on('end', () => {
    isOver = true;
  });

  async function answered<Answer>(
    asking: () => Promise<Answer>,
    timeoutMs = answerTimeoutMs,
  ): Promise<Answer> {
    const clock = new AbortController();
    try {
      // mysql2 has a time limit for some of what makes up a statement; this one is for all of it.
      return await Promise.race([asking(), tooLate(timeoutMs, clock.signal)]);
    } catch (error) {
      if (isConnectionOver(error)) end();
      throw error;
    } finally {
      clock.abort();
    }
  }

  /** Not a farewell: the server may be one that does not answer. */
  function end() {
    isOver = true;
    connection.destroy();
  }

  const rows: SqlConnection['rows'] = (sql, values = []) =>
    answered(async () => {
      const [found] = await connection.execute({ sql, values: [...values] });
      return Array.isArray(found) ? found.flatMap((row) => (isRow(row) ? [row] : [])) : [];
    });
  const change: SqlConnection['change'] = (sql, values = []) =>
    answered(async () => {
      // Statements without values change tables or settings, which not every server prepares.
      const [header] =
        values.length === 0
          ? await connection.query({ sql })
          : await connection.execute({ sql, values: [...values] });
      return 'affectedRows' in header ? header.affectedRows : 0;
    });
  const inSchema = (table: string, condition: string, values: string[]) =>
    rows(
      `SELECT 1 AS found FROM information_schema.${table} WHERE table_schema = DATABASE() AND ${condition} LIMIT 1`,
      values,
    );
  return {
    dialect,
    rows,
    change,
    changeTables: (sql) =>
      answered(async () => void (await connection.query({ sql })), answerTimeoutMs * tableChangeFactor),
    hasTable: async (table) => (await inSchema('tables', 'table_name = ?', [table])).length > 0,
    hasColumn: async (table, column) =>
      (await inSchema('columns', 'table_name = ? AND column_name = ?', [table, column])).length > 0,
    hasIndex: async (table, index) =>
      (await inSchema('statistics', 'table_name = ? AND index_name = ?', [table, index])).length > 0,
    begin: async () => void (await change('START TRANSACTION')),
    commit: async () => void (await change('COMMIT')),
    rollback: async () => void (await change('ROLLBACK')),
    isLost: () => isOver,
    end: async () => end(),
  };
}

async function tooLate(milliseconds: number, signal: AbortSignal): Promise<never> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
  throw new NoAnswer();
}

function isRow(row: unknown): row is SqlRow {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}
