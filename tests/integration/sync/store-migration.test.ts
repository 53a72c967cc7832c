import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditStore } from '../../../electron/services/sync/store/audit-store.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { type Fate, startDatabaseFront } from '../../rig/mariadb/database-front.ts';
import { type MariaDb, startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';

const specified = readFileSync(join(import.meta.dirname, 'specified-tables.sql'), 'utf8');

describe('a database of the older tool', () => {
  let server: MariaDb | undefined;
  let logDir = '';
  const opened: AuditStore[] = [];
  beforeAll(async () => {
    if (isOnPath('mariadbd')) server = await startMariaDb();
  });
  afterAll(async () => server?.stop());
  beforeEach(async (context) => {
    requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    logDir = mkdtempSync(join(tmpdir(), 'sifaka-store-'));
    await server?.empty();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(logDir, { recursive: true, force: true });
  });

  function open(dsn = running().dsn(), options: { readOnly?: boolean } = {}): AuditStore {
    const store = openAuditStore({ dsn, logDir, clock: { now: () => new Date() }, ...options });
    opened.push(store);
    return store;
  }

  function running(): MariaDb {
    if (!server) throw new Error('no server');
    return server;
  }

  const inDatabase = (...statements: string[]) => running().ask('USE general_db', ...statements);

  /** The tables and rows as it makes them. */
  async function fill(): Promise<void> {
    await inDatabase(
      ...specified.split(';').filter((statement) => statement.trim() !== ''),
      `INSERT INTO sync_iterations (sync_pair, direction, src, dest, started_at, ended_at, status, dry_run, files_created)
        VALUES ('Media', 'fwd', '/a', '/b', '2026-11-01 10:00:00.250', NULL, 'running', 0, NULL),
               ('media', 'fwd', '/a', '/b', '2026-11-02 10:00:00.000', '2026-11-02 10:00:01.000', 'success', 1, 2)`,
      `INSERT INTO sync_operations (iteration_id, dry_run, operation, filepath, size_before, started_at, status)
        VALUES (2, 1, 'create', 'a\\\\b/caf\u00e9.txt', NULL, '2026-11-02 10:00:00.500', 'success'),
               (2, 1, 'update', 'two.txt', 7, '2026-11-02 10:00:00.501', 'success')`,
    );
  }

  it('keeps its rows, and they are read', async () => {
    await fill();
    const store = open();
    const [last, first] = await store.iterations({ limit: 10 });
    expect(first).toMatchObject({
      id: 1,
      sync_pair: 'Media',
      started_at: '2026-11-01T10:00:00.250Z',
      ended_at: null,
      files_created: 0,
    });
    const uid = last?.iteration_uid ?? '';
    expect(await store.iteration(uid)).toEqual(last);
    const rows = await store.operations(uid, { limit: 10 });
    expect(rows).toMatchObject([
      {
        filepath: 'a\\\\b/café.txt',
        operation: 'create',
        size_before: null,
        reason: null,
        kind: 'file',
        trashed: false,
      },
      { filepath: 'two.txt', operation: 'update', size_before: 7, iteration_uid: uid },
    ]);
    expect(new Set(rows.map(({ operation_uid }) => operation_uid)).size).toBe(2);
    expect((await store.lastDryRun('media', 'fwd'))?.rows).toEqual([
      { filepath: 'a\\\\b/café.txt', operation: 'create', size_before: null },
      { filepath: 'two.txt', operation: 'update', size_before: 7 },
    ]);
    // The older tool may go on beside this one.
    await inDatabase(
      `INSERT INTO sync_operations (iteration_id, operation, filepath, started_at, status)
        VALUES (1, 'delete', 'three.txt', '2026-11-01 10:00:00', 'fail')`,
    );
    expect(await store.operations(first?.iteration_uid ?? '', { limit: 10 })).toHaveLength(1);
    const [version] = await inDatabase('SELECT MAX(version) AS version FROM sync_schema');
    expect(version).toEqual({ version: 2 });
  });

  it.for(['utf8mb4', 'latin1'])(
    'in %s and a row format of long ago: pairs are told apart by every letter, in the columns that it had',
    async (charset) => {
      await fill();
      await inDatabase(
        `ALTER TABLE sync_iterations DROP INDEX idx_pair, ROW_FORMAT = COMPACT, CONVERT TO CHARACTER SET ${charset}`,
        'ALTER TABLE sync_iterations ADD INDEX idx_pair (sync_pair(100))',
      );
      const store = open();
      for (const pair of ['Media', 'media'])
        expect((await store.iterations({ pair, limit: 10 })).map((row) => row.sync_pair)).toEqual([pair]);
      expect(await store.directions()).toEqual([
        { pair: 'Media', direction: 'fwd' },
        { pair: 'media', direction: 'fwd' },
      ]);
      const columns = await inDatabase(
        `SHOW COLUMNS FROM sync_iterations WHERE Field IN ('sync_pair', 'direction')`,
      );
      expect(columns).toMatchObject([
        { Field: 'sync_pair', Type: 'varchar(255)', Null: 'NO' },
        { Field: 'direction', Type: 'varchar(64)', Null: 'NO' },
      ]);
    },
  );

  it('of the version before is read as it is by who only looks', async () => {
    const iteration = makeIteration();
    await open().saveIteration(iteration);
    await inDatabase('DELETE FROM sync_schema WHERE version > 1');
    const store = open(undefined, { readOnly: true });
    expect(await store.iterations({ limit: 10 })).toMatchObject([{ iteration_uid: iteration.iteration_uid }]);
    expect(await inDatabase('SELECT version FROM sync_schema')).toEqual([{ version: 1 }]);
  });

  it('is left alone by who only looks', async () => {
    await fill();
    expect(await open(undefined, { readOnly: true }).iterations({ limit: 10 })).toEqual([]);
    expect(await inDatabase(`SHOW TABLES LIKE 'sync_schema'`)).toEqual([]);
    expect(await inDatabase(`SHOW COLUMNS FROM sync_operations LIKE 'operation_uid'`)).toEqual([]);
  });

  it('is brought up to date where that was cut off in the middle', async () => {
    await fill();
    await inDatabase(
      'ALTER TABLE sync_iterations ADD COLUMN iteration_uid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin',
      'CREATE TABLE sync_schema (version INT NOT NULL PRIMARY KEY, applied_at DATETIME(3) NOT NULL)',
    );
    const store = open();
    const iteration = makeIteration();
    await store.saveIteration(iteration);
    await store.saveOperations(iteration, makeOperations(iteration, 3));
    expect(await store.operations(iteration.iteration_uid, { limit: 10 })).toHaveLength(3);
  });

  it('may take longer to change its tables than an answer otherwise may', async () => {
    await fill();
    const slow: string[] = [];
    const front = await startDatabaseFront(
      { port: () => running().port },
      async ({ text }): Promise<Fate> => {
        // As a table of millions of rows makes it; any other answer may take 3 s here, which none does on a busy machine, either.
        if (/^\s*ALTER/i.test(text) && slow.length === 0) {
          slow.push(text);
          await pause(4500);
        }
        return 'pass';
      },
    );
    try {
      const store = open(running().dsn({ port: front.port, parameters: 'readTimeout=3s' }));
      expect(await store.iterations({ limit: 10 })).toHaveLength(2);
      expect(slow).toHaveLength(1);
    } finally {
      await front.close();
    }
  });

  it('needs no right to change tables once they are up to date', async () => {
    await running().ask(
      `CREATE OR REPLACE USER 'writer'@'127.0.0.1' IDENTIFIED BY 'writer-secret'`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON general_db.* TO 'writer'@'127.0.0.1'`,
    );
    const dsn = `writer:writer-secret@tcp(127.0.0.1:${running().port})/general_db`;
    const iteration = makeIteration();
    await expect(open(dsn).saveIteration(iteration)).rejects.toMatchObject({
      code: 'SYNC_STORE_UNAVAILABLE',
      data: { what: expect.stringContaining('does not let this user do that') },
    });
    await open().iterations({ limit: 1 });
    expect(await open(dsn).saveIteration(iteration)).toBeGreaterThan(0);
  });

  it('is not touched where a newer version has changed it', async () => {
    await open().iterations({ limit: 1 });
    await inDatabase(`INSERT INTO sync_schema VALUES (99, '2030-01-01 00:00:00')`);
    await expect(open().saveIteration(makeIteration())).rejects.toMatchObject({ code: 'SYNC_STORE_NEWER' });
  });

  it('is reached over its socket, by a URI, and with TLS only where it offers it', async () => {
    const { user, password, port, socket } = running();
    await running().ask(
      `CREATE OR REPLACE USER '${user}'@'localhost' IDENTIFIED BY '${password}'`,
      `GRANT ALL ON general_db.* TO '${user}'@'localhost'`,
    );
    const uri = `mysql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/general_db`;
    for (const dsn of [`${user}:${password}@unix(${socket})/general_db`, uri, `${uri}?ssl-mode=PREFERRED`])
      expect(await open(dsn).iterations({ limit: 1 })).toEqual([]);
    await expect(open(`${uri}?tls=skip-verify`).iterations({ limit: 1 })).rejects.toMatchObject({
      data: { what: expect.stringContaining('offers no TLS') },
    });
  });
});
