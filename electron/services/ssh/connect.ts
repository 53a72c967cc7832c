import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { cancelled, Problem } from '../../../shared/problem.ts';
import type { Authentication } from './authentication.ts';
import type { Destination } from './destination.ts';
import { algorithmsFor, anyAlgorithm, type HostKey, hostKeyOf, includesKey } from './host-key.ts';
import {
  connectionLost,
  hostKeyMismatch,
  hostKeyUnknown,
  loginRefused,
  protocolFailed,
  timedOut,
  unreachable,
} from './ssh-problems.ts';

export interface ConnectOptions {
  readonly destination: Destination;
  /** What is trusted for it. Without any nobody logs in. */
  readonly trusted: readonly HostKey[];
  readonly authentication: Authentication;
  /** A way through a jump host; else the system's network. */
  readonly through?: Duplex | undefined;
  /** From the first packet to the login. */
  readonly timeoutMilliseconds: number;
  readonly signal: AbortSignal;
}

export interface Connected {
  readonly client: Client;
  readonly hostKey: HostKey;
}

/** Said each 15 s when nothing else is; three that are not answered end a connection. */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 3 };

/**
 * One connection, logged in, to a host that proved to hold a trusted key. HOST_KEY_UNKNOWN, HOST_KEY_MISMATCH,
 * SSH_UNREACHABLE, SSH_TIMED_OUT, SSH_PROTOCOL_FAILED, SSH_LOGIN_REFUSED, SSH_CONNECTION_LOST, CANCELLED.
 */
export function connect(options: ConnectOptions): Promise<Connected> {
  const { destination, trusted, authentication } = options;
  return open(options, {
    algorithms: { serverHostKey: algorithmsFor(trusted) },
    judge: (key) => {
      if (includesKey(trusted, key)) return undefined;
      return trusted.length === 0
        ? hostKeyUnknown(destination, key)
        : hostKeyMismatch(destination, trusted, key);
    },
    methods: authentication.methods,
  });
}

/**
 * The key a host presents, which may be anybody's: the connection ends before the host has proved that it holds it, and
 * before anything is sent that tells who asks. Of a type that is trusted for it already, if it has one.
 */
export async function lookAtHostKey(options: Omit<ConnectOptions, 'authentication'>): Promise<HostKey> {
  const looked = new Problem('HOST_KEY_UNKNOWN', { what: 'It was only looked at.', state: '', next: '' });
  let found: HostKey | undefined;
  try {
    await open(
      { ...options, authentication: { methods: [], keys: 0, remarks: [] } },
      {
        algorithms: { serverHostKey: anyAlgorithm(options.trusted) },
        judge: (key) => {
          found = key;
          return looked;
        },
        methods: [],
      },
    );
  } catch (error) {
    if (error !== looked) throw error;
  }
  if (found === undefined) throw new Error('a host key was looked at and not found');
  return found;
}

interface Handshake {
  readonly algorithms: NonNullable<ConnectConfig['algorithms']>;
  /** Why this key is not accepted, if it is not. */
  readonly judge: (key: HostKey) => Problem | undefined;
  readonly methods: Authentication['methods'];
}

function open(
  { destination, trusted, authentication, through, timeoutMilliseconds, signal }: ConnectOptions,
  { algorithms, judge, methods }: Handshake,
): Promise<Connected> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    // Each command listens for its end, and so does whoever is reached through it.
    client.setMaxListeners(0);
    let stage: 'connecting' | 'greeting' | 'logging in' = 'connecting';
    let refusal: Problem | undefined;
    let hostKey: HostKey | undefined;
    let accepts: readonly string[] = [];
    let settled = false;
    let attempt = 0;

    const settle = (outcome: Problem | undefined) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', abort);
      if (outcome === undefined && hostKey !== undefined) resolve({ client, hostKey });
      else {
        client.destroy();
        reject(outcome ?? new Error('logged in to a host without a key'));
      }
    };
    const abort = () => settle(cancelled('Nothing was run there.'));
    const lost = (cause?: unknown) => {
      if (stage === 'logging in') return loginLost(cause);
      if (stage === 'connecting') return unreachable(destination, 'the connection was ended', cause);
      return connectionLost(destination, 'It was not logged in to.', cause);
    };
    // A server that has seen too many keys ends the connection instead of saying no.
    const loginLost = (cause: unknown) =>
      attempt > 0
        ? loginRefused(destination, { accepts, tried: authentication.keys, remarks: authentication.remarks })
        : connectionLost(destination, 'It was not logged in to.', cause);

    client.on('connect', () => (stage = 'greeting'));
    client.on('handshake', () => (stage = 'logging in'));
    client.on('ready', () => settle(undefined));
    client.on('close', () => settle(refusal ?? lost()));
    // Stays as long as the client lives: an error nobody listens to would end the process.
    client.on('error', (error: Error & { level?: string; code?: string | number }) => {
      if (error.level === 'agent') return;
      if (refusal) settle(refusal);
      else if (error.level === 'client-timeout') settle(timedOut(destination, stageWords[stage]));
      else if (error.level === 'client-socket' && stage === 'connecting')
        settle(unreachable(destination, reasonOf(error), error));
      else if (error.level === 'client-authentication')
        settle(
          loginRefused(destination, { accepts, tried: authentication.keys, remarks: authentication.remarks }),
        );
      else if (error.level === 'handshake' || error.level === 'protocol') settle(notAgreed(error));
      else settle(lost(error));
    });
    const notAgreed = (error: Error) =>
      /no matching host key/i.test(error.message) && trusted.length > 0
        ? hostKeyMismatch(destination, trusted, undefined)
        : protocolFailed(destination, error.message, error);

    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) {
      abort();
      return;
    }
    client.connect({
      ...(through === undefined ? { host: destination.address, port: destination.port } : { sock: through }),
      username: destination.user,
      readyTimeout: timeoutMilliseconds,
      ...keepalive,
      algorithms,
      hostVerifier: (blob: Buffer) => {
        const key = hostKeyOf(blob);
        // At a later exchange of keys too: a connection keeps the host it began with.
        if (key === undefined)
          refusal = protocolFailed(destination, 'a host key of a kind that is not known');
        else {
          hostKey ??= key;
          refusal = judge(key);
        }
        return refusal === undefined;
      },
      authHandler: (left, _partial, next) => {
        if (Array.isArray(left)) accepts = left;
        const method = methods[attempt];
        attempt += 1;
        // ssh2 takes `false` for "no more", which its types do not say.
        if (method === undefined) endOfMethods(next);
        else next(method);
      },
    });
  });
}

function endOfMethods(next: unknown): void {
  if (typeof next === 'function') next(false);
}

const stageWords = {
  connecting: 'no connection came about',
  greeting: 'it took the connection and did not agree on keys',
  'logging in': 'it did not answer to the login',
};

function reasonOf({ code, message }: { code?: string | number; message: string }): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens at that port',
    EHOSTUNREACH: 'there is no way to that host',
    ENETUNREACH: 'there is no way to that network',
    ETIMEDOUT: 'it does not answer',
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name could not be looked up',
    ECONNRESET: 'it ended the connection',
  };
  return (typeof code === 'string' && Object.hasOwn(words, code) ? words[code] : undefined) ?? message;
}
