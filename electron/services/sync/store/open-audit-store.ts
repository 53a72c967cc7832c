import type { Clock } from '../../clock.ts';
import type { AuditStore } from './audit-store.ts';
import { parseDsn } from './dsn.ts';
import { migrate } from './migrate.ts';
import { mysqlDatabase } from './mysql-database.ts';
import { createSqlAuditStore } from './sql-audit-store.ts';
import { openSessions } from './sql-sessions.ts';
import { sqliteDatabase } from './sqlite-database.ts';

export interface AuditStoreRequest {
  /** Of the database; absent or empty is the file in the log folder. */
  readonly dsn?: string | undefined;
  /** The log folder, absolute; it is there. */
  readonly logDir: string;
  readonly clock: Clock;
  /** Makes and changes nothing, neither file nor tables: where there are none, there are no records. */
  readonly readOnly?: boolean;
}

/**
 * The store of a run's records. Connects with the first question, so that a database which is down is no reason not to
 * synchronize. SYNC_DSN_INVALID.
 */
export function openAuditStore({ dsn, logDir, clock, readOnly = false }: AuditStoreRequest): AuditStore {
  const hasDsn = dsn !== undefined && dsn.trim() !== '';
  const database = hasDsn ? mysqlDatabase(parseDsn(dsn)) : sqliteDatabase(logDir, { readOnly });
  const sessions = openSessions(database, (connection) => migrate(connection, database, { clock, readOnly }));
  return createSqlAuditStore(database, sessions);
}
