import { Problem } from '../../../../shared/problem.ts';
import type { Clock } from '../../clock.ts';
import { latestVersion, migrations, oldestReadable, versionTable, type SchemaStep } from './schema.ts';
import type { SqlConnection, SqlDatabase } from './sql-database.ts';
import { sqlTime } from './sql-time.ts';

interface MigrateOptions {
  readonly clock: Clock;
  readonly readOnly: boolean;
}

/**
 * Brings the tables up to date; false where they are none that can be read and nothing is to be changed. Needs no right to
 * change tables where they are. Two runs may do it at once: whoever finds a step done goes on. SYNC_STORE_NEWER.
 */
export async function migrate(
  connection: SqlConnection,
  database: SqlDatabase,
  { clock, readOnly }: MigrateOptions,
): Promise<boolean> {
  const stored = await storedVersion(connection);
  if (stored > latestVersion) throw newer(database, stored);
  if (stored === latestVersion) return true;
  if (readOnly) return stored >= oldestReadable;
  await connection.change(versionTable);
  for (const { version, steps } of migrations) {
    if (version <= stored) continue;
    for (const step of steps) await take(connection, database, step);
    await connection.change(
      `INSERT INTO sync_schema (version, applied_at) VALUES (?, ?) ${connection.dialect.keepFirst('version')}`,
      [version, sqlTime(clock.now())],
    );
  }
  return true;
}

async function storedVersion(connection: SqlConnection): Promise<number> {
  if (!(await connection.hasTable('sync_schema'))) return 0;
  const [row] = await connection.rows('SELECT MAX(version) AS version FROM sync_schema');
  return Number(row?.['version'] ?? 0);
}

async function take(connection: SqlConnection, database: SqlDatabase, step: SchemaStep): Promise<void> {
  const statement = step[connection.dialect.name];
  if (statement === undefined || (await isDone(connection, step))) return;
  try {
    await connection.changeTables(statement);
  } catch (error) {
    if (!database.isAlreadyThere(error)) throw error;
  }
}

async function isDone(connection: SqlConnection, { unless }: SchemaStep): Promise<boolean> {
  if (unless?.column !== undefined) return connection.hasColumn(unless.table, unless.column);
  if (unless?.index !== undefined) return connection.hasIndex(unless.table, unless.index);
  return false;
}

function newer(database: SqlDatabase, version: number): Problem {
  return new Problem('SYNC_STORE_NEWER', {
    what: `The tables of ${database.description} are of version ${version}, and this program knows them up to ${latestVersion}.`,
    state: 'Nothing was read from or written to them. Records wait in the log folder.',
    next: 'Use the version of Sifaka that changed them, or a newer one.',
  });
}
