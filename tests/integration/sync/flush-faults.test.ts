import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SyncOperation } from '../../../shared/schemas/sync-record.ts';
import type { AuditStore } from '../../../electron/services/sync/store/audit-store.ts';
import { flushLeftovers, type FlushReport } from '../../../electron/services/sync/runs/flush.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { type Fate, type PassingCommand, startDatabaseFront } from '../../rig/mariadb/database-front.ts';
import { type MariaDb, startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';

const clock = { now: () => new Date('2026-11-21T12:00:00.000Z') };
// With the values of hundreds of rows; the statement itself is prepared once for a connection.
const isInsert = ({ kind, bytes }: PassingCommand) => kind === 'execute' && bytes > 50_000;
const isCommit = ({ kind, text }: PassingCommand) => kind === 'query' && text === 'COMMIT';

function isKept(what: RegExp): object {
  return {
    flushed: [],
    kept: [{ problem: { code: 'SYNC_STORE_UNAVAILABLE', what: expect.stringMatching(what) } }],
  };
}

describe('records that the database does not take', () => {
  let server: MariaDb | undefined;
  let logDir = '';
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    if (isOnPath('mariadbd')) server = await startMariaDb();
  });
  afterAll(async () => server?.stop());
  beforeEach(async (context) => {
    requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    logDir = mkdtempSync(join(tmpdir(), 'sifaka-flush-'));
    await server?.empty();
  });
  afterEach(async () => {
    for (const close of ends.splice(0).toReversed()) await close();
    rmSync(logDir, { recursive: true, force: true });
  });

  function running(): MariaDb {
    if (!server) throw new Error('no server');
    return server;
  }

  function store(dsn: string): AuditStore {
    const opened = openAuditStore({ dsn, logDir, clock });
    ends.push(() => opened.close());
    return opened;
  }

  async function flush(dsn: string): Promise<FlushReport> {
    const opened = store(dsn);
    const report = await flushLeftovers({ logDir, pair: 'media', store: opened, clock });
    await opened.close();
    for (const word of [running().password, encodeURIComponent(running().password)])
      expect(JSON.stringify(report)).not.toContain(word);
    return report;
  }

  /** Through a front that has met so many commands of a kind when it does something else than pass. */
  async function flushThrough(
    isMet: (command: PassingCommand) => boolean,
    after: number,
    fate: () => Fate | Promise<Fate>,
    parameters = '',
  ): Promise<FlushReport> {
    let met = 0;
    const front = await startDatabaseFront({ port: () => running().port }, async (command) => {
      if (!isMet(command)) return 'pass';
      met += 1;
      return met > after ? fate() : 'pass';
    });
    ends.push(() => front.close());
    return flush(running().dsn({ port: front.port, parameters }));
  }

  async function leave(count: number): Promise<{ uid: string; operations: SyncOperation[] }> {
    const iteration = makeIteration();
    const operations = makeOperations(iteration, count);
    const writer = await createOpslog({ logDir, iteration });
    await writer.append(operations);
    await writer.close();
    return { uid: iteration.iteration_uid, operations };
  }

  /** Nothing lost, nothing twice: the table has each operation once, and the log folder nothing. */
  async function expectAllStored(uid: string, operations: readonly SyncOperation[]): Promise<void> {
    const report = await flush(running().dsn());
    expect(report).toMatchObject({ flushed: [{ operations: operations.length }], kept: [] });
    const rows = await running().ask(
      'USE general_db',
      `SELECT o.operation_uid FROM sync_operations o JOIN sync_iterations i ON i.id = o.iteration_id
        WHERE i.iteration_uid = '${uid}'`,
    );
    expect(rows).toHaveLength(operations.length);
    expect(new Set(rows.map((row) => row['operation_uid']))).toEqual(
      new Set(operations.map(({ operation_uid }) => operation_uid)),
    );
    expect(await running().ask('USE general_db', 'SELECT status FROM sync_iterations')).toEqual([
      { status: 'success' },
    ]);
    expect(readdirSync(logDir)).toEqual([]);
  }

  it('waits while nothing listens there', async () => {
    const { uid, operations } = await leave(10);
    const closed = await listen(() => undefined);
    await end(closed);
    expect(await flush(running().dsn({ port: closed.port }))).toMatchObject(isKept(/nothing listens there/));
    expect(readdirSync(logDir)).toHaveLength(2);
    await expectAllStored(uid, operations);
  });

  it('waits while a server takes the connection and says nothing', async () => {
    const { uid, operations } = await leave(10);
    const silent = await listen(() => undefined);
    ends.push(() => end(silent));
    const dsn = running().dsn({ port: silent.port, parameters: 'timeout=300ms' });
    expect(await flush(dsn)).toMatchObject(isKept(/did not answer in time/));
    await expectAllStored(uid, operations);
  });

  it('waits while something else than a database answers', async () => {
    const { uid, operations } = await leave(10);
    const web = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    ends.push(() => end(web));
    expect(await flush(running().dsn({ port: web.port, parameters: 'timeout=300ms' }))).toMatchObject(
      isKept(/./),
    );
    await expectAllStored(uid, operations);
  });

  it('waits while the password is another one, the database is missing or the user has no rights', async () => {
    const { uid, operations } = await leave(10);
    await running().ask(`CREATE USER IF NOT EXISTS 'reader'@'127.0.0.1' IDENTIFIED BY 'reader-secret'`);
    await running().ask(`GRANT SELECT ON general_db.* TO 'reader'@'127.0.0.1'`);
    const { port } = running();
    const other = (login: string, database = 'general_db') => `${login}@tcp(127.0.0.1:${port})/${database}`;
    expect(await flush(other('ha_sync:wrong'))).toMatchObject(
      isKept(/does not know this user with this password/),
    );
    expect(await flush(running().dsn().replace('general_db', 'nowhere_db'))).toMatchObject(
      isKept(/does not let this user|no database of that name/),
    );
    expect(await flush(other('reader:reader-secret'))).toMatchObject(
      isKept(/does not let this user do that/),
    );
    await expectAllStored(uid, operations);
  });

  it.each([
    ['before a batch is sent', isInsert],
    ['before a batch is committed', isCommit],
  ])('goes on after a connection that broke off %s', async (_when, isMet) => {
    const { uid, operations } = await leave(5000);
    const report = await flushThrough(isMet, 2, () => 'cut');
    expect(report).toMatchObject(isKept(/the connection broke off/));
    await expectAllStored(uid, operations);
  });

  it('has nothing twice where the server committed a batch and the answer was lost', async () => {
    const { uid, operations } = await leave(5000);
    // Once: the flush itself asks again, over a new connection.
    let isCut = false;
    const report = await flushThrough(isCommit, 2, () => {
      const fate = isCut ? 'pass' : 'cut-after';
      isCut = true;
      return fate;
    });
    expect(report).toMatchObject({ flushed: [{ operations: 5000 }], kept: [] });
    const again = await leave(0);
    await expectNoRowTwice(again.uid);
    const rows = await running().ask(
      'USE general_db',
      'SELECT operation_uid FROM sync_operations ORDER BY id',
    );
    expect(rows.map((row) => row['operation_uid'])).toEqual(
      operations.map(({ operation_uid }) => operation_uid),
    );
    expect(uid).not.toBe(again.uid);
  });

  async function expectNoRowTwice(emptyRun: string): Promise<void> {
    expect(await flush(running().dsn())).toMatchObject({
      flushed: [{ iterationUid: emptyRun, operations: 0 }],
    });
    const [count] = await running().ask(
      'USE general_db',
      'SELECT COUNT(*) AS all_rows, COUNT(DISTINCT operation_uid) AS uids FROM sync_operations',
    );
    expect(count?.['all_rows']).toBe(count?.['uids']);
  }

  it('has nothing twice where no answer to a commit ever comes', async () => {
    const { uid, operations } = await leave(5000);
    expect(await flushThrough(isCommit, 2, () => 'cut-after')).toMatchObject(
      isKept(/the connection broke off/),
    );
    await expectAllStored(uid, operations);
  });

  it('waits no longer than it was told for a server that hangs', async () => {
    const { uid, operations } = await leave(5000);
    const report = await flushThrough(isInsert, 1, () => 'hold', 'readTimeout=300ms');
    expect(report).toMatchObject(isKept(/did not answer in time/));
    await expectAllStored(uid, operations);
  });

  it('goes on after the server was killed between two batches', async () => {
    const { uid, operations } = await leave(7000);
    const report = await flushThrough(isInsert, 6, async (): Promise<Fate> => {
      await running().kill();
      return 'pass';
    });
    expect(report).toMatchObject(isKept(/connection broke off|nothing listens/));
    await running().restart();
    const [stored] = await running().ask('USE general_db', 'SELECT COUNT(*) AS some FROM sync_operations');
    expect(stored?.['some']).toBeGreaterThan(0);
    expect(stored?.['some']).toBeLessThan(7000);
    await expectAllStored(uid, operations);
  });

  it('connects again where the server ended a connection that was idle', async () => {
    const { uid } = await leave(3);
    const opened = store(running().dsn());
    await opened.iterations({ limit: 1 });
    await running().restart();
    expect(await flushLeftovers({ logDir, pair: 'media', store: opened, clock })).toMatchObject({
      flushed: [{ iterationUid: uid, operations: 3 }],
      kept: [],
    });
  });

  it('keeps a file whose rows cannot be read back', async () => {
    const { uid, operations } = await leave(20);
    const opened = store(running().dsn());
    await opened.iterations({ limit: 1 });
    // What a table does that somebody has changed: it takes everything, and has not everything.
    await running().ask(
      'USE general_db',
      `CREATE TRIGGER lose BEFORE INSERT ON sync_operations FOR EACH ROW
        SET NEW.operation_uid = IF(NEW.size_after = 7, NULL, NEW.operation_uid)`,
    );
    const report = await flushLeftovers({ logDir, pair: 'media', store: opened, clock });
    expect(report).toMatchObject(isKept(/1 of them cannot be read back/));
    await running().ask(
      'USE general_db',
      'DROP TRIGGER lose',
      'DELETE FROM sync_operations WHERE operation_uid IS NULL',
    );
    await expectAllStored(uid, operations);
  });
});

async function listen(answer: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, port: (server.address() as AddressInfo).port };
}

async function end({ server }: { server: Server }): Promise<void> {
  await new Promise((done) => server.close(done));
}
