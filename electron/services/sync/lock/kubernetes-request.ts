import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { KubernetesAccount, KubernetesConnection } from './kubernetes-account.ts';

/** What is asked of an object; a role has the same words for it. */
export type Verb = 'get' | 'create' | 'update' | 'delete';

const methods = { get: 'GET', create: 'POST', update: 'PUT', delete: 'DELETE' } as const;

export interface KubernetesRequest {
  readonly verb: Verb;
  /** From `/apis` on. */
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

export interface KubernetesAnswer {
  readonly status: number;
  /** JSON as it came. */
  readonly body: unknown;
  /** When the server answered, on its own clock, in whole seconds; milliseconds since 1970. */
  readonly date?: number | undefined;
}

/** Why there is no answer that could be used. */
export class KubernetesFailure extends Error {
  readonly verb: Verb;
  readonly server: string;
  /** Of an answer; absent where none came. */
  readonly status: number | undefined;
  /** Whether the same request may be answered well a little later. */
  readonly isPassing: boolean;

  constructor(
    message: string,
    about: { verb: Verb; server: string; status?: number | undefined; isPassing: boolean },
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.verb = about.verb;
    this.server = about.server;
    this.status = about.status;
    this.isPassing = about.isPassing;
  }
}

/** An object of the lock's size is 2 KB; a list of another kind would be a mistake. */
const longestAnswer = 1 << 20;

/** Asks the API server once, on a connection of its own. KubernetesFailure when no answer comes, or one that asks to come again. */
export async function askKubernetes(
  account: KubernetesAccount,
  asked: KubernetesRequest,
): Promise<KubernetesAnswer> {
  const connection = await account.connect();
  const about = { verb: asked.verb, server: connection.server };
  let answer: IncomingMessage;
  let text: string;
  try {
    answer = await send(connection, asked);
    text = await textOf(answer);
  } catch (error) {
    asked.signal?.throwIfAborted();
    throw new KubernetesFailure(
      reasonOf(error),
      { ...about, isPassing: !isUntrusted(error) },
      { cause: error },
    );
  }
  const status = answer.statusCode ?? 0;
  const body = json(text);
  // Overloaded, starting, or behind a balancer that has no server.
  if (status === 429 || status >= 500)
    throw new KubernetesFailure(messageOf(body) ?? `HTTP ${status}`, { ...about, status, isPassing: true });
  const date = Date.parse(answer.headers.date ?? '');
  return { status, body, date: Number.isNaN(date) ? undefined : date };
}

/** What a Status object says (kubernetes.io, “Status v1 meta”). */
export function messageOf(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
    ? body.message
    : undefined;
}

function send(connection: KubernetesConnection, asked: KubernetesRequest): Promise<IncomingMessage> {
  const { token } = connection;
  const timeout = AbortSignal.timeout(asked.timeoutMilliseconds);
  return new Promise((resolve, reject) => {
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const sending = request(
      `${connection.server}${asked.path}`,
      {
        method: methods[asked.verb],
        agent: false,
        signal: asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout,
        headers: {
          accept: 'application/json',
          'user-agent': 'sifaka',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        ...(connection.ca === undefined ? {} : { ca: connection.ca }),
        ...(connection.serverName === undefined ? {} : { servername: connection.serverName }),
        ...(connection.certificate === undefined ? {} : { cert: connection.certificate }),
        ...(connection.key === undefined ? {} : { key: connection.key }),
      },
      resolve,
    );
    sending.once('error', reject);
    sending.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > longestAnswer) throw new Error('the answer is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A timeout is the cause of an abort.
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return systemErrorCode(error) === undefined
    ? error.message
    : `${error.message} (${systemErrorCode(error)})`;
}

/** Of OpenSSL and Node's check of names: another try would meet the same certificate. */
function isUntrusted(error: unknown): boolean {
  return /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_|ERR_OSSL_)/.test(
    systemErrorCode(error) ?? '',
  );
}
