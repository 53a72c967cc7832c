/*
 * The two tables of HA Sync as its specification has them, word for word, and what later versions added. A database in which
 * an older tool made them is brought up to date with its rows in it, so that every step asks first what is there already.
 */

/** Statements of one step, in the two dialects; a step whose column or index is there already is left out. */
export interface SchemaStep {
  readonly unless?: { readonly table: string; readonly column?: string; readonly index?: string };
  /** Absent where the dialect needs nothing. */
  readonly mysql?: string;
  readonly sqlite?: string;
}

export interface Migration {
  readonly version: number;
  readonly steps: readonly SchemaStep[];
}

/** Which migrations a database has had, in both dialects. */
export const versionTable =
  'CREATE TABLE IF NOT EXISTS sync_schema (version INT NOT NULL PRIMARY KEY, applied_at DATETIME(3) NOT NULL)';

const specified: readonly SchemaStep[] = [
  {
    mysql: `CREATE TABLE IF NOT EXISTS sync_iterations (
      id BIGINT AUTO_INCREMENT PRIMARY KEY,
      sync_pair VARCHAR(255) NOT NULL,
      direction VARCHAR(64) NOT NULL,
      src VARCHAR(512) NOT NULL,
      dest VARCHAR(512) NOT NULL,
      started_at DATETIME(3) NOT NULL,
      ended_at DATETIME(3),
      status ENUM('running','success','partial_failure','failed') NOT NULL DEFAULT 'running',
      dry_run TINYINT(1) NOT NULL DEFAULT 0,
      files_created INT DEFAULT 0,
      files_updated INT DEFAULT 0,
      files_deleted INT DEFAULT 0,
      files_skipped INT DEFAULT 0,
      files_failed INT DEFAULT 0,
      total_bytes_transferred BIGINT DEFAULT 0,
      error_message TEXT,
      INDEX idx_pair (sync_pair),
      INDEX idx_started (started_at),
      INDEX idx_dry_run (dry_run)
    )`,
    sqlite: `CREATE TABLE IF NOT EXISTS sync_iterations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      sync_pair VARCHAR(255) NOT NULL,
      direction VARCHAR(64) NOT NULL,
      src VARCHAR(512) NOT NULL,
      dest VARCHAR(512) NOT NULL,
      started_at DATETIME(3) NOT NULL,
      ended_at DATETIME(3),
      status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running','success','partial_failure','failed')),
      dry_run TINYINT(1) NOT NULL DEFAULT 0,
      files_created INT DEFAULT 0,
      files_updated INT DEFAULT 0,
      files_deleted INT DEFAULT 0,
      files_skipped INT DEFAULT 0,
      files_failed INT DEFAULT 0,
      total_bytes_transferred BIGINT DEFAULT 0,
      error_message TEXT
    )`,
  },
  { sqlite: 'CREATE INDEX IF NOT EXISTS idx_pair ON sync_iterations (sync_pair)' },
  { sqlite: 'CREATE INDEX IF NOT EXISTS idx_started ON sync_iterations (started_at)' },
  { sqlite: 'CREATE INDEX IF NOT EXISTS idx_dry_run ON sync_iterations (dry_run)' },
  {
    mysql: `CREATE TABLE IF NOT EXISTS sync_operations (
      id BIGINT AUTO_INCREMENT PRIMARY KEY,
      iteration_id BIGINT NOT NULL,
      dry_run TINYINT(1) NOT NULL DEFAULT 0,
      operation ENUM('create','update','delete') NOT NULL,
      filepath VARCHAR(4096) NOT NULL,
      size_before BIGINT,
      size_after BIGINT,
      md5_before VARCHAR(32),
      md5_after VARCHAR(32),
      started_at DATETIME(3) NOT NULL,
      ended_at DATETIME(3),
      status ENUM('success','fail') NOT NULL,
      error_message VARCHAR(4096),
      INDEX idx_iteration (iteration_id),
      CONSTRAINT fk_iteration FOREIGN KEY (iteration_id) REFERENCES sync_iterations(id)
    )`,
    sqlite: `CREATE TABLE IF NOT EXISTS sync_operations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      iteration_id BIGINT NOT NULL,
      dry_run TINYINT(1) NOT NULL DEFAULT 0,
      operation TEXT NOT NULL CHECK (operation IN ('create','update','delete')),
      filepath VARCHAR(4096) NOT NULL,
      size_before BIGINT,
      size_after BIGINT,
      md5_before VARCHAR(32),
      md5_after VARCHAR(32),
      started_at DATETIME(3) NOT NULL,
      ended_at DATETIME(3),
      status TEXT NOT NULL CHECK (status IN ('success','fail')),
      error_message VARCHAR(4096),
      CONSTRAINT fk_iteration FOREIGN KEY (iteration_id) REFERENCES sync_iterations(id)
    )`,
  },
  { sqlite: 'CREATE INDEX IF NOT EXISTS idx_iteration ON sync_operations (iteration_id)' },
];

const iterations = 'sync_iterations';
const operations = 'sync_operations';

/**
 * A table has the character set that its database had when it was made, often latin1, which has no place for most names; and
 * a path is longer than 512 characters. SQLite's text has neither limit. A row format of long ago has no room for an index of
 * both names.
 */
const anyName: readonly SchemaStep[] = [
  {
    mysql: `ALTER TABLE sync_iterations
      MODIFY src VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      MODIFY dest VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      MODIFY error_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
      ROW_FORMAT = DYNAMIC`,
  },
  {
    mysql: `ALTER TABLE sync_operations
      MODIFY filepath VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      MODIFY error_message VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  },
];

/** A flush that is repeated finds its rows by these, and so makes no second ones. */
const uids: readonly SchemaStep[] = [
  ...column(
    iterations,
    'iteration_uid',
    'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin',
    'CHAR(36) COLLATE BINARY',
  ),
  ...index(iterations, 'idx_iteration_uid', 'iteration_uid', 'UNIQUE'),
  ...column(
    operations,
    'operation_uid',
    'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin',
    'CHAR(36) COLLATE BINARY',
  ),
  ...index(operations, 'idx_operation_uid', 'operation_uid', 'UNIQUE'),
];

const whatWasDone: readonly SchemaStep[] = [
  // The name as its bytes: `filepath` is for reading, and has no room for every one.
  ...column(operations, 'filepath_raw', 'BLOB'),
  ...column(operations, 'kind', "VARCHAR(16) NOT NULL DEFAULT 'file'"),
  ...column(operations, 'reason', 'VARCHAR(32)'),
  ...column(operations, 'conflict', 'TINYINT(1) NOT NULL DEFAULT 0'),
  ...column(operations, 'trashed', 'TINYINT(1) NOT NULL DEFAULT 0'),
];

const whatIsAskedFor: readonly SchemaStep[] = [
  ...index(iterations, 'idx_last_of_direction', 'sync_pair, direction, dry_run, started_at'),
  ...index(operations, 'idx_operation_started', 'started_at'),
  ...index(operations, 'idx_iteration_conflict', 'iteration_id, conflict'),
];

/**
 * Pairs and directions are told apart by every letter, as SQLite does: a table has the collation that its database had, in
 * most of which `Media` is `media`.
 */
const exactNames: readonly SchemaStep[] = [
  {
    mysql: `ALTER TABLE sync_iterations
      MODIFY sync_pair VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      MODIFY direction VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      ROW_FORMAT = DYNAMIC`,
  },
];

/** In the order of their versions; the tables of the specification are version 0 where they were not made by this program. */
export const migrations: readonly Migration[] = [
  { version: 1, steps: [...specified, ...anyName, ...uids, ...whatWasDone, ...whatIsAskedFor] },
  { version: 2, steps: exactNames },
];

export const latestVersion = migrations.at(-1)?.version ?? 0;
/** Whoever only looks can read tables from this version on as they are. */
export const oldestReadable = 1;

function column(table: string, name: string, mysql: string, sqlite = mysql): SchemaStep[] {
  const add = (type: string) => `ALTER TABLE ${table} ADD COLUMN ${name} ${type}`;
  return [{ unless: { table, column: name }, mysql: add(mysql), sqlite: add(sqlite) }];
}

function index(table: string, name: string, columns: string, kind: 'UNIQUE' | '' = ''): SchemaStep[] {
  const create = `CREATE ${kind} INDEX ${name} ON ${table} (${columns})`;
  return [{ unless: { table, index: name }, mysql: create, sqlite: create }];
}
