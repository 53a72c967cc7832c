import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { freePort } from '../free-port.ts';
import { asServer, giveToServer, makeDataFolder } from './data-folder.ts';

/** Debian's MariaDB as a process of its own, as an unprivileged user, on a loopback port and a socket. */
export interface MariaDb {
  readonly port: number;
  readonly socket: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Go's form, for the server itself or for something on another port before it. */
  dsn(options?: { readonly port?: number; readonly parameters?: string }): string;
  /** As root, over the socket; answers the rows of the last statement. */
  ask(...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Drops the database and makes it again, empty. */
  empty(): Promise<void>;
  /** SIGKILL, in the midst of whatever it does. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it is there, and says nothing. */
  pause(): void;
  goOn(): void;
  /** Again with the same data at the same port, and with other settings where they are given. */
  restart(settings?: readonly string[]): Promise<void>;
  /** Ends it and removes all that it had. */
  stop(): Promise<void>;
}

const database = 'general_db';
const user = 'ha_sync';

/** `settings` are options of mariadbd besides those that make it small; with `tls` nobody comes in without it. */
export async function startMariaDb({
  settings = [],
  tls,
}: {
  readonly settings?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
} = {}): Promise<MariaDb> {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-mariadb-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const socket = join(folder, 's');
  const password = 'p@ss:w/or?d#%20';
  let server: ChildProcess | undefined;
  let port = 0;
  let used = settings;

  async function start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      port ||= await freePort();
      const [program, ...prefix] = asServer;
      server = spawn(
        program,
        [
          ...prefix,
          '/usr/sbin/mariadbd',
          '--no-defaults',
          `--datadir=${data}`,
          `--socket=${socket}`,
          `--pid-file=${join(folder, 'pid')}`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          '--skip-name-resolve',
          '--skip-log-bin',
          '--innodb-log-file-size=4M',
          '--innodb-buffer-pool-size=32M',
          '--key-buffer-size=64K',
          '--performance-schema=OFF',
          // Nothing here outlives the machine, and what the system has is safe from a SIGKILL.
          '--innodb-flush-method=nosync',
          ...(tls ? [`--ssl-key=${join(folder, 'key.pem')}`, `--ssl-cert=${join(folder, 'cert.pem')}`] : []),
          ...used,
        ],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'Asia/Tokyo' },
        },
      );
      try {
        return await ready(server);
      } catch (error) {
        // Somebody else took the port meanwhile.
        if (attempt === 3) throw error;
        port = 0;
      }
    }
  }

  async function ask(...statements: string[]): Promise<Record<string, unknown>[]> {
    const connection = await createConnection({ socketPath: socket, user: 'root', dateStrings: true });
    try {
      let rows: unknown = [];
      for (const statement of statements) [rows] = await connection.query(statement);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } finally {
      await connection.end();
    }
  }

  const empty = async () => {
    await ask(`DROP DATABASE IF EXISTS ${database}`, `CREATE DATABASE ${database}`);
  };

  const mariaDb: MariaDb = {
    get port() {
      return port;
    },
    socket,
    user,
    password,
    database,
    dsn: ({ port: at = port, parameters = '' } = {}) =>
      `${user}:${password}@tcp(127.0.0.1:${at})/${database}${parameters && `?${parameters}`}`,
    ask,
    empty,
    kill: () => ended(server),
    pause: () => void server?.kill('SIGSTOP'),
    goOn: () => void server?.kill('SIGCONT'),
    async restart(others = settings) {
      await ended(server);
      used = others;
      await start();
    },
    async stop() {
      await ended(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    makeDataFolder(data);
    if (tls)
      for (const name of ['key', 'cert'] as const) writeFileSync(join(folder, `${name}.pem`), tls[name]);
    giveToServer(folder);
    await start();
    await empty();
    await ask(
      `CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY '${password}'${tls ? ' REQUIRE SSL' : ''}`,
      `GRANT ALL ON ${database}.* TO '${user}'@'127.0.0.1'`,
    );
  } catch (error) {
    await mariaDb.stop();
    throw error;
  }
  return mariaDb;
}

async function ready(server: ChildProcess): Promise<void> {
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    if (!server.stderr) throw new Error('no pipe');
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`mariadbd ended: ${said.slice(-20).join('\n')}`)));
    createInterface({ input: server.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('ready for connections')) resolve();
    });
  });
  // The line comes an instant before the socket is served.
  await setTimeout(10);
}

/** What it holds for others is in its files at every moment: there is nothing that a gentle end would save. */
async function ended(server: ChildProcess | undefined): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => server.once('exit', done));
  server.kill('SIGKILL');
  await gone;
}
