import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/** What passes the front on its way to the server. */
export interface Passing {
  readonly method: string;
  /** `/bucket/key` */
  readonly path: string;
  /** Of an upload in parts. */
  readonly part?: number;
}

export interface FrontOptions {
  /** The server's port on this machine. */
  readonly to: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What is done with a request: `flip` changes a bit of its body; `hold` lets it wait for ever. */
  readonly meet?: (passing: Passing) => 'pass' | 'flip' | 'hold';
  /** Each answer's ETag, as the client is to see it. */
  readonly etag?: (etag: string) => string;
  /** Sees each answer that was good, before the client does. */
  readonly answered?: (passing: Passing) => Promise<void> | void;
}

export interface Front {
  readonly endpoint: string;
  /** Everything that was asked so far, in order. */
  readonly asked: Passing[];
  /** Numbers of the parts that came to the server. */
  partsSent(): number[];
  close(): Promise<void>;
}

/** Stands before an S3 server as a reverse proxy does, and keeps the Host header, which is signed. */
export async function startFront({ to, tls, meet, etag, answered }: FrontOptions): Promise<Front> {
  const asked: Passing[] = [];
  const server: Server = tls ? createTlsServer(tls) : createServer();
  server.on('request', (incoming, outgoing) => {
    const passing = passingOf(incoming);
    asked.push(passing);
    const fate = meet?.(passing) ?? 'pass';
    if (fate === 'hold') {
      incoming.resume();
      return;
    }
    const { method, url } = incoming;
    // The client was already told to go on.
    const { expect: _expect, ...headers } = incoming.headers;
    const onward = request({ host: '127.0.0.1', port: to, method, path: url, headers, agent: false });
    let isAnswered = false;
    // Swift ends its answer to a HEAD as if it had a body, which a parser does not take for the end of an answer.
    onward.on('error', () => isAnswered || outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    const answer = async (from: IncomingMessage) => {
      const status = from.statusCode ?? 502;
      if (status < 300) await answered?.(passing);
      const back = { ...from.headers };
      if (etag && typeof back.etag === 'string') back.etag = etag(back.etag);
      outgoing.writeHead(status, back);
      if (method === 'HEAD') {
        outgoing.end();
        return;
      }
      from.on('error', () => outgoing.destroy());
      from.on('aborted', () => outgoing.destroy());
      from.pipe(outgoing);
    };
    onward.on('response', (from) => {
      isAnswered = true;
      answer(from).catch(() => outgoing.destroy());
    });
    (fate === 'flip' ? incoming.pipe(flipOnce()) : incoming).pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    partsSent: () => asked.flatMap(({ method, part }) => (method === 'PUT' && part ? [part] : [])),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function passingOf({ method = '', url = '' }: IncomingMessage): Passing {
  const { pathname, searchParams } = new URL(url, 'http://front');
  const part = searchParams.get('partNumber');
  return { method, path: pathname, ...(part === null ? {} : { part: Number(part) }) };
}

/** As a bad cable or memory does it: one bit is another one, and the length stays. */
function flipOnce(): Transform {
  let isDone = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.from(chunk);
      if (!isDone && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
      isDone ||= bytes.length > 0;
      done(null, bytes);
    },
  });
}
