import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { cancelled, type Problem } from '../../../shared/problem.ts';
import { authenticationFor } from './authentication.ts';
import { type Connected, connect, lookAtHostKey } from './connect.ts';
import type { Destination } from './destination.ts';
import type { HostKey } from './host-key.ts';
import { SessionGate } from './session-gate.ts';
import { connectionLost, inWords, timedOut, unreachable } from './ssh-problems.ts';
import type { SshAccount } from './ssh-account.ts';

export interface Limits {
  /** From the first packet to the login, on each part of the way. */
  readonly connectMilliseconds: number;
  /** A connection that nobody used for so long is closed. */
  readonly idleMilliseconds: number;
}

export interface ConnectionsOptions {
  readonly account: SshAccount;
  readonly limits: Limits;
  /** What is trusted for a host now. */
  trustedKeys(host: string): Promise<readonly HostKey[]>;
}

interface Entry {
  readonly sessions: SessionGate;
  readonly connecting: Promise<Connected>;
  readonly giveUp: AbortController;
  connected: Connected | undefined;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * At most one connection to each host, shared by all who use it at the same time; also a jump host has one. A
 * connection that is made ends when the last of those who wait for it has gone away.
 */
export class Connections {
  private readonly options: ConnectionsOptions;
  private readonly entries = new Map<string, Entry>();
  private closed = false;

  constructor(options: ConnectionsOptions) {
    this.options = options;
  }

  /** Works on the connection to a destination, with the problems of `connect`. */
  private async use<Result>(
    destination: Destination,
    signal: AbortSignal,
    work: (connected: Connected, sessions: SessionGate) => Promise<Result>,
  ): Promise<Result> {
    if (signal.aborted || this.closed) throw notStarted();
    const key = keyOf(destination);
    const entry = this.entries.get(key) ?? this.begin(key, destination);
    entry.users += 1;
    clearTimeout(entry.idle);
    try {
      return await work(await untilAborted(entry.connecting, signal), entry.sessions);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.leave(key, entry);
    }
  }

  /** Works on the connection to a destination, once it has a session free; the problems of `connect`. */
  command<Result>(
    destination: Destination,
    signal: AbortSignal,
    work: (connected: Connected) => Promise<Result>,
  ): Promise<Result> {
    return this.use(destination, signal, async (connected, sessions) => {
      try {
        return await sessions.through(signal, () => work(connected));
      } catch (error) {
        throw error === signal.reason ? notStarted() : error;
      }
    });
  }

  /** The key that answers for a destination, through its jump hosts, which must be trusted. */
  async lookAtHostKey(destination: Destination, signal: AbortSignal): Promise<HostKey> {
    const look = async (through?: Duplex) =>
      lookAtHostKey({
        destination,
        trusted: await this.options.trustedKeys(destination.host),
        through,
        timeoutMilliseconds: this.options.limits.connectMilliseconds,
        signal,
      });
    return this.onTheWay(destination, signal, look);
  }

  /** Ends the connection to a destination, and what runs over it; the next one who needs it makes a new one. */
  forget(destination: Destination): void {
    const key = keyOf(destination);
    const entry = this.entries.get(key);
    if (entry?.connected === undefined) return;
    this.entries.delete(key);
    entry.connected.client.destroy();
  }

  close(): void {
    this.closed = true;
    for (const entry of this.entries.values()) {
      clearTimeout(entry.idle);
      entry.giveUp.abort();
      entry.connected?.client.destroy();
    }
    this.entries.clear();
  }

  private begin(key: string, destination: Destination): Entry {
    const giveUp = new AbortController();
    const connecting = this.connect(destination, giveUp.signal);
    const entry: Entry = {
      sessions: new SessionGate(),
      connecting,
      giveUp,
      connected: undefined,
      users: 0,
      idle: undefined,
    };
    const forget = () => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    };
    const keep = (connected: Connected): void => {
      entry.connected = connected;
      connected.client.once('close', forget);
      // Everybody went away while the login was answered.
      if (giveUp.signal.aborted) connected.client.destroy();
    };
    void connecting.then(keep, forget);
    this.entries.set(key, entry);
    return entry;
  }

  private leave(key: string, entry: Entry): void {
    if (entry.connected === undefined) {
      entry.giveUp.abort();
      if (this.entries.get(key) === entry) this.entries.delete(key);
      return;
    }
    const { client } = entry.connected;
    entry.idle = setTimeout(() => {
      // Before it is closed, which takes the server's answer: nobody is to begin anything on it meanwhile.
      if (this.entries.get(key) === entry) this.entries.delete(key);
      client.end();
    }, this.options.limits.idleMilliseconds);
    entry.idle.unref();
  }

  private async connect(destination: Destination, signal: AbortSignal): Promise<Connected> {
    const { account, limits } = this.options;
    const [trusted, authentication] = await Promise.all([
      this.options.trustedKeys(destination.host),
      authenticationFor(destination, account, signal),
    ]);
    const timeoutMilliseconds = limits.connectMilliseconds;
    const way = { destination, trusted, authentication, timeoutMilliseconds, signal };
    const jump = destination.jumps.at(-1);
    if (jump === undefined) return connect(way);
    // The jump's connection is used as long as this one lives.
    return new Promise((resolve, reject) => {
      this.onTheWay(destination, signal, async (through) => {
        const connected = await connect({ ...way, through });
        const ended = new Promise<void>((done) => connected.client.once('close', () => done()));
        resolve(connected);
        await ended;
      }).catch(reject);
    });
  }

  /** Works with a stream to the destination's port, opened at the last jump host; without jumps there is none. */
  private onTheWay<Result>(
    destination: Destination,
    signal: AbortSignal,
    work: (through?: Duplex) => Promise<Result>,
  ): Promise<Result> {
    const jump = destination.jumps.at(-1);
    if (jump === undefined) return work();
    const before = { ...jump, jumps: destination.jumps.slice(0, -1) };
    return this.use(before, signal, async ({ client }) => {
      const stream = await forwarded(client, destination, jump, this.options.limits, signal);
      try {
        return await work(stream);
      } finally {
        stream.destroy();
      }
    });
  }
}

function keyOf(destination: Destination): string {
  return [...destination.jumps, destination].map((part) => `${part.host} ${inWords(part)}`).join(' > ');
}

/** A stream to the destination's port from a jump host, which may wait for long or for ever. */
function forwarded(
  client: Client,
  destination: Destination,
  jump: Destination,
  { connectMilliseconds }: Limits,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (problem?: Problem) => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (problem) reject(problem);
    };
    const abort = () => end(notStarted());
    const timer = setTimeout(
      () => end(timedOut(destination, `${jump.host} did not get through to it`)),
      connectMilliseconds,
    );
    signal.addEventListener('abort', abort, { once: true });
    const opened = (error: Error | undefined, channel: Duplex) => {
      if (error) {
        end(unreachable(destination, `${jump.host}, which it is reached through, does not get there`, error));
        return;
      }
      // Nobody waits any more: what was given up stays so.
      if (isOver) channel.destroy();
      end();
      resolve(channel);
    };
    try {
      client.forwardOut('127.0.0.1', 0, destination.address, destination.port, opened);
    } catch (error) {
      // "Not connected": the connection to the jump host has just ended.
      end(connectionLost(jump, 'Nothing was run there.', error));
      return;
    }
    if (signal.aborted) abort();
  });
}

/** Answers as the promise does, or CANCELLED as soon as the caller has gone away; others go on waiting. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(notStarted());
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}

function notStarted(): Problem {
  return cancelled('Nothing was run there.');
}
