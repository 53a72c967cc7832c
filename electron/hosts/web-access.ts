import type { IncomingMessage } from 'node:http';
import type { CallContext } from '../router/context.ts';
import type { LaunchTokens } from './launch-tokens.ts';

/** The subprotocol the server answers with; the token travels beside it as `token.<base64url>` and is never echoed. */
export const subprotocol = 'sifaka';
export const rpcPath = '/rpc';

/** The names this host answers to; anything else is a foreign name pointed at this machine (DNS rebinding). */
export function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** A page of another origin is refused, whatever token it has. */
export function isOwnOrigin(origin: string, port: number): boolean {
  return origin === `http://127.0.0.1:${port}` || origin === `http://localhost:${port}`;
}

export type Admission =
  | { readonly role: CallContext['role'] }
  | { readonly status: 400 | 401 | 403 | 404; readonly reason: string };

/**
 * Whether a WebSocket handshake may become a connection, and as whom. Browsers always send Origin with it; a program on
 * this machine does not have to, and then the token alone decides, as it does for everybody.
 */
export function admit(request: IncomingMessage, port: number, tokens: LaunchTokens): Admission {
  if (!isOwnHost(request.headers.host, port)) return { status: 403, reason: 'foreign Host' };
  const { origin } = request.headers;
  if (origin !== undefined && !isOwnOrigin(origin, port)) return { status: 403, reason: 'foreign Origin' };
  if (request.method !== 'GET') return { status: 400, reason: 'not a handshake' };
  // Compared whole: a query is refused too, so that no token ever gets into an address that is logged.
  if (request.url !== rpcPath) return { status: 404, reason: 'no such path' };
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const [token, ...further] = offered.filter((name) => name.startsWith('token.'));
  if (!offered.includes(subprotocol) || token === undefined || further.length > 0) {
    return { status: 401, reason: 'no token' };
  }
  const role = tokens.roleOf(token.slice('token.'.length));
  return role === undefined ? { status: 401, reason: 'wrong token' } : { role };
}
