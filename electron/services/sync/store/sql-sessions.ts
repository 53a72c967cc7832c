import { setTimeout } from 'node:timers/promises';
import type { SqlConnection, SqlDatabase, SqlSession } from './sql-database.ts';

/** The statements of one database, over a connection that is made when it is needed and made again when it was lost. */
export interface SqlSessions {
  /** `undefined` where there is no database yet, and none is to be made. */
  use<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result | undefined>;
  /** All of its statements or none of them. May be run again: what it does must be the same then. */
  transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Two transactions that were in each other's way: one of them is told to begin again. */
const attempts = 4;

/**
 * Uses of a connection wait for each other. One that finds the connection lost is made once more over a new one: a server
 * ends a connection that was idle while files were copied. `prepare` sees each new connection first, and says whether it
 * can be used.
 */
export function openSessions(
  database: SqlDatabase,
  prepare: (connection: SqlConnection) => Promise<boolean>,
): SqlSessions {
  let connection: SqlConnection | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function connected(): Promise<SqlConnection | undefined> {
    if (connection && !connection.isLost()) return connection;
    await discard();
    const made = await database.connect();
    if (!made) return undefined;
    let isUsable = false;
    try {
      isUsable = await prepare(made);
    } finally {
      if (!isUsable) await made.end();
    }
    connection = isUsable ? made : undefined;
    return connection;
  }

  async function discard(): Promise<void> {
    const lost = connection;
    connection = undefined;
    await lost?.end();
  }

  async function tried<Result>(
    work: (session: SqlConnection) => Promise<Result>,
  ): Promise<Result | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const wasThere = connection !== undefined;
      try {
        const session = await connected();
        return session && (await work(session));
      } catch (error) {
        const isLost = connection?.isLost() === true;
        if (isLost) await discard();
        const again = (isLost && wasThere && attempt === 1) || database.isPassing(error);
        if (!again || attempt >= attempts) throw database.problemOf(error) ?? error;
        await setTimeout(50 * attempt * attempt);
      }
    }
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    use: (work) => inTurn(() => tried(work)),
    async transaction(work) {
      const done = await inTurn(() =>
        tried(async (session) => [await inTransaction(session, work)] as const),
      );
      if (!done) throw new Error('There is no database to write to.');
      return done[0];
    },
    close: () => inTurn(discard),
  };
}

async function inTransaction<Result>(
  session: SqlConnection,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  await session.begin();
  try {
    const result = await work(session);
    await session.commit();
    return result;
  } catch (error) {
    // Of a lost connection the server takes everything back by itself.
    if (!session.isLost()) await session.rollback().catch(() => session.end());
    throw error;
  }
}
