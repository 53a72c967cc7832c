import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Problem } from '../../shared/problem.ts';
import type { AskOperator, CallContext } from '../router/context.ts';
import { createRouter } from '../router/create-router.ts';
import { redact } from '../services/redact.ts';
import type { Services } from '../services/services.ts';
import { largestFrame } from './frame.ts';
import { createLaunchTokens } from './launch-tokens.ts';
import { serveConnections } from './serve-connections.ts';
import { pageHeaders, readStaticFile } from './static-files.ts';
import { admit, isOwnHost, subprotocol } from './web-access.ts';

/** Bytes that may wait for a page that does not read; it can connect again and follow its jobs from the first line. */
const largestBacklog = 8 << 20;
const mostConnections = 32;
const address = '127.0.0.1';

/** What a program without a token may take of this host. Connections that were admitted are not counted in time. */
export interface WebLimits {
  /** Connections of any kind at once. */
  readonly sockets: number;
  /** Milliseconds for a whole request, from the connection's first moment. */
  readonly requestTime: number;
  /** Milliseconds without a byte read or written. */
  readonly answerTime: number;
  /** Milliseconds between two looks at who takes too long. */
  readonly checkInterval: number;
}

const usualLimits: WebLimits = {
  sockets: mostConnections * 4,
  requestTime: 5000,
  answerTime: 15_000,
  checkInterval: 1000,
};

export interface WebHost {
  /** For the role asked for, with its token in the fragment. */
  readonly url: string;
  readonly port: number;
  readonly urls: Readonly<Record<CallContext['role'], string>>;
  close(): Promise<void>;
}

/** The local web host: this machine only, a token per launch and role, the page under / and calls under /rpc. */
export async function startWebHost(options: {
  readonly services: Services;
  /** 0 for any. */
  readonly port: number;
  /** Folder of the built page, absolute. */
  readonly staticFolder: string;
  /** Whose URL `url` is; operator unless said otherwise. */
  readonly role?: CallContext['role'];
  /** Absent: the page is believed. */
  readonly askOperator?: AskOperator | undefined;
  readonly limits?: WebLimits;
}): Promise<WebHost> {
  const { services, staticFolder, limits = usualLimits } = options;
  const { log } = services;
  const tokens = createLaunchTokens();
  const connect = serveConnections(createRouter(services), log);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestFrame,
    perMessageDeflate: false,
    handleProtocols: () => subprotocol,
  });
  const asking =
    options.askOperator === undefined
      ? {}
      : { askOperator: options.askOperator, asksIn: 'terminal' as const };
  let port = options.port;

  const timing = {
    headersTimeout: limits.requestTime,
    requestTimeout: limits.requestTime,
    connectionsCheckingInterval: limits.checkInterval,
  };
  const server = createServer({ maxHeaderSize: 8192, ...timing }, (request, response) => {
    servePage(request, response, staticFolder, port).catch((error: unknown) => {
      // One line: who has no token can ask as often as they like.
      log.line(redact(`web host: ${error instanceof Error ? error.message : 'failed'}`, request.url));
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    });
  });
  server.maxConnections = limits.sockets;
  // For whoever does not read the answer; ws lifts it from the connections it takes over.
  server.setTimeout(limits.answerTime);

  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    // A client that goes away during its handshake is no failure of ours.
    socket.on('error', () => socket.destroy());
    const admission = admit(request, port, tokens);
    if (!('role' in admission)) return refuseHandshake(socket, admission.status);
    if (sockets.clients.size >= mostConnections) return refuseHandshake(socket, 503);
    sockets.handleUpgrade(request, socket, head, (client) => {
      const { role } = admission;
      serveSocket(client, { role, sessionId: randomUUID(), host: 'web', ...asking });
    });
  });

  function serveSocket(client: WebSocket, context: CallContext): void {
    const connection = connect(
      {
        send(data) {
          if (client.readyState !== client.OPEN) return;
          if (client.bufferedAmount <= largestBacklog) return client.send(data);
          // A closing handshake would wait for the very end that does not read.
          connection.closed();
          client.terminate();
        },
        refuse: (reason) => client.close(1007, reason),
      },
      context,
    );
    client.on('message', (data: Buffer, isBinary) =>
      connection.receive(isBinary ? data : data.toString('utf8')),
    );
    client.on('close', () => connection.closed());
    // ws closes the socket itself, with the right code, for an oversize or malformed frame.
    client.on('error', (error) =>
      log.line(redact(`web host: connection closed: ${error.message}`, undefined)),
    );
  }

  port = await listen(server, options.port);
  const urls = {
    operator: `http://${address}:${port}/#token=${tokens.operator}`,
    viewer: `http://${address}:${port}/#token=${tokens.viewer}`,
  };
  return {
    url: urls[options.role ?? 'operator'],
    urls,
    port,
    async close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: ReturnType<typeof createServer>, wanted: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(whyNotListening(error, wanted)));
    server.listen(wanted, address, () => {
      const bound = server.address();
      if (typeof bound === 'object' && bound !== null) done(bound.port);
      else fail(new Error('the server has no port'));
    });
  });
}

function whyNotListening(error: Error, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  const state = 'The web host was not started.';
  const next = 'Choose another with --port, or 0 for any free one.';
  if (code === 'EADDRINUSE') {
    const what = `Port ${port} of this machine is in use by another program.`;
    return new Problem('PORT_IN_USE', { what, state, next }, { cause: error });
  }
  if (code === 'EACCES') {
    const what = `This account may not listen on port ${port} of this machine.`;
    return new Problem('NOT_ALLOWED', { what, state, next }, { cause: error });
  }
  return error;
}

async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  port: number,
): Promise<void> {
  if (!isOwnHost(request.headers.host, port)) return refuse(response, 403);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, 405, { allow: 'GET, HEAD' });
  const file = await readStaticFile(folder, request.url ?? '/');
  if (!file) return refuse(response, 404);
  response.writeHead(200, {
    ...pageHeaders([`ws://${request.headers.host}`]),
    'content-type': file.contentType,
    'content-length': file.body.byteLength,
    'cache-control': file.cacheControl,
  });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...pageHeaders([]),
    ...headers,
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${STATUS_CODES[status]}\n`);
}

function refuseHandshake(socket: Duplex, status: number): void {
  // The other end may never close its half.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
