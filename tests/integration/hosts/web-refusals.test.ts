import { request } from 'node:http';
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket as Socket } from 'ws';
import { startWebHost, type WebHost } from '../../../electron/hosts/web.ts';
import { jobId, recordingServices } from '../../unit/router/recording-services.ts';
import { connect, tokenOf } from './doors.ts';

const services = recordingServices();
let folder = '';
let host: WebHost;
let token = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-web-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'package.json'), 'outside');
  await writeFile(join(folder, 'page', 'index.html'), '<p>page</p>');
  await writeFile(join(folder, 'page', 'assets', 'a.js'), '1');
  host = await startWebHost({ services, port: 0, staticFolder: join(folder, 'page') });
  token = tokenOf(host.url);
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

/** Answers the status of a refused handshake, or `open`. */
function handshake(options: {
  path?: string;
  protocols?: string[];
  headers?: Record<string, string>;
}): Promise<number | 'open'> {
  return new Promise((done, fail) => {
    const socket = new Socket(
      `ws://127.0.0.1:${host.port}${options.path ?? '/rpc'}`,
      options.protocols ?? [],
      {
        headers: options.headers ?? {},
      },
    );
    socket.once('open', () => {
      socket.terminate();
      done('open');
    });
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      socket.on('error', () => undefined);
      socket.terminate();
      done(response.statusCode ?? 0);
    });
    socket.once('error', fail);
  });
}

function page(options: {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
}): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((done, fail) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: host.port,
        path: options.path ?? '/',
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    call.on('error', fail);
    call.end();
  });
}

function right(): string[] {
  return ['sifaka', `token.${token}`];
}

/** Sends and answers the code the host closes with. */
function closedWith(send: (socket: Socket) => void): Promise<number> {
  return new Promise((done, fail) => {
    const socket = new Socket(`ws://127.0.0.1:${host.port}/rpc`, ['sifaka', `token.${token}`]);
    socket.once('open', () => send(socket));
    socket.once('close', (code) => done(code));
    socket.once('error', fail);
  });
}

async function stillServes(): Promise<void> {
  const { client, socket } = await connect(host.port, token);
  expect((await client.session.info()).host).toBe('web');
  socket.close();
}

describe('a connection', () => {
  it('is opened with the token, by a page of this host or a program of this machine', async () => {
    expect(await handshake({ protocols: right() })).toBe('open');
    expect(
      await handshake({ protocols: right(), headers: { origin: `http://127.0.0.1:${host.port}` } }),
    ).toBe('open');
    expect(
      await handshake({
        protocols: right(),
        headers: { host: `localhost:${host.port}`, origin: `http://localhost:${host.port}` },
      }),
    ).toBe('open');
  });

  it('is answered with the plain subprotocol only: the token is not echoed', async () => {
    const { socket } = await connect(host.port, token);
    expect(socket.protocol).toBe('sifaka');
    socket.close();
  });

  it('needs a token', async () => {
    expect(await handshake({})).toBe(401);
    expect(await handshake({ protocols: ['sifaka'] })).toBe(401);
    expect(await handshake({ protocols: ['sifaka', 'token.'] })).toBe(401);
  });

  it('needs the right token, once, beside the subprotocol', async () => {
    expect(await handshake({ protocols: ['sifaka', `token.${'A'.repeat(43)}`] })).toBe(401);
    expect(await handshake({ protocols: ['sifaka', `token.${token.slice(0, -1)}`] })).toBe(401);
    expect(await handshake({ protocols: ['sifaka', token] })).toBe(401);
    expect(await handshake({ protocols: [`token.${token}`] })).toBe(401);
    expect(await handshake({ protocols: ['sifaka', 'token.guess', `token.${token}`] })).toBe(401);
  });

  it('takes no token from the address', async () => {
    expect(await handshake({ path: `/rpc?token=${token}`, protocols: ['sifaka'] })).toBe(404);
    expect(await handshake({ path: `/rpc?token=${token}`, protocols: right() })).toBe(404);
    expect(await handshake({ protocols: ['sifaka'], headers: { authorization: `Bearer ${token}` } })).toBe(
      401,
    );
    expect(await handshake({ protocols: ['sifaka'], headers: { cookie: `token=${token}` } })).toBe(401);
  });

  it('is refused to a foreign Host, as a rebound name would send it', async () => {
    for (const name of [`evil.example:${host.port}`, '127.0.0.1', 'localhost:1', `[::1]:${host.port}`]) {
      expect(await handshake({ protocols: right(), headers: { host: name } }), name).toBe(403);
    }
  });

  it('is refused to a foreign Origin, also with the right token', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      `https://127.0.0.1:${host.port}`,
      'http://127.0.0.1:1',
      '',
    ]) {
      expect(await handshake({ protocols: right(), headers: { origin } }), origin).toBe(403);
    }
  });

  it('is made at /rpc only', async () => {
    for (const path of ['/', '/rpc/', '/rpcx', '/RPC', '/rpc/lab/state', '/rpc%2f']) {
      expect(await handshake({ path, protocols: right() }), path).toBe(404);
    }
  });

  it('is as mighty as its token', async () => {
    const viewer = await connect(host.port, tokenOf(host.urls.viewer));
    expect((await viewer.client.session.info()).role).toBe('viewer');
    viewer.socket.close();
    const operator = await connect(host.port, tokenOf(host.urls.operator));
    expect((await operator.client.session.info()).role).toBe('operator');
    operator.socket.close();
    expect(tokenOf(host.urls.viewer)).not.toBe(tokenOf(host.urls.operator));
  });

  it('is one of a limited number', async () => {
    const crowded = await startWebHost({ services, port: 0, staticFolder: folder });
    const sockets: WebSocket[] = [];
    try {
      for (let count = 0; count < 32; count += 1) {
        sockets.push((await connect(crowded.port, tokenOf(crowded.url))).socket);
      }
      await expect(connect(crowded.port, tokenOf(crowded.url))).rejects.toThrow('refused');
      const closed = new Promise((done) => sockets[0]?.addEventListener('close', done, { once: true }));
      sockets[0]?.close();
      await closed;
      sockets.push((await connect(crowded.port, tokenOf(crowded.url))).socket);
    } finally {
      for (const socket of sockets) socket.close();
      await crowded.close();
    }
  });
});

describe('frames', () => {
  it.each([
    ['text that is no JSON', '\u0000garbage{'],
    ['JSON of another shape', '[1,2,3]'],
    ['a request for another place', '{"i":"1","p":{"u":"http://127.0.0.1/x"}}'],
    ['bytes', Buffer.from([0xff, 0x00, 0x80, 0xff])],
    [
      'a form that is none',
      '{"i":"1","p":{"u":"/lab/logbook","h":{"content-type":"multipart/form-data; boundary=x"},"b":"x"}}',
    ],
    ['a file', '{"i":"1","p":{"u":"/lab/logbook","h":{"Content-Disposition":"attachment"}}}'],
    ['a stream', '{"i":"1","p":{"u":"/lab/logbook","h":{"content-type":"text/event-stream"}}}'],
  ])('that are %s close the connection, not the host', async (_what, frame) => {
    expect(await closedWith((socket) => socket.send(frame))).toBe(1007);
    await stillServes();
  });

  it('that are larger than a mebibyte close the connection, not the host', async () => {
    expect(await closedWith((socket) => socket.send('x'.repeat((1 << 20) + 1)))).toBe(1009);
    await stillServes();
  });

  it('that break the WebSocket protocol close the connection, not the host', async () => {
    const raw = connectTcp(host.port, '127.0.0.1');
    const key = Buffer.alloc(16).toString('base64');
    raw.write(
      `GET /rpc HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
        `Sec-WebSocket-Protocol: sifaka, token.${token}\r\n\r\n`,
    );
    await new Promise((done) => raw.once('data', done));
    raw.on('error', () => undefined);
    const closed = new Promise((done) => raw.once('close', done));
    raw.write(Buffer.from([0x70, 0x05, 0x01, 0x02]));
    raw.resume();
    await closed;
    await stillServes();
  });

  it('of well-formed calls to nothing, or with a strange body, are answered', async () => {
    for (const frame of [
      '{"i":"1","p":{"u":"/no/such/method","b":{}}}',
      '{"i":"2","p":{"u":"/__proto__/toString","b":{}}}',
      '{"i":"3","p":{"u":"/lab/get","b":7}}',
      '{"i":"4","p":{"u":"/lab/get","m":"GET"}}',
      '{"i":"5","p":{"u":"/lab/get?data=%7B","m":"GET"}}',
      '{"i":"6","p":{"u":"/lab/get","b":{"json":{},"meta":[[99,"x"],["nonsense"]]}}}',
      '{"i":"7","p":{"u":"/lab/get","b":{"json":{"__proto__":{"file":"a","pointer":""}},"meta":[]}}}',
    ]) {
      const answered = new Promise<string>((done, fail) => {
        const socket = new Socket(`ws://127.0.0.1:${host.port}/rpc`, ['sifaka', `token.${token}`]);
        socket.once('open', () => socket.send(frame));
        socket.once('message', (data: Buffer) => {
          socket.terminate();
          done(data.toString('utf8'));
        });
        socket.once('error', fail);
        socket.once('close', (code) => fail(new Error(`${frame}: closed with ${code}`)));
      });
      expect(JSON.parse(await answered), frame).toMatchObject({ p: { s: expect.any(Number) } });
    }
    expect(services.reached.filter(({ method }) => method === 'lab.get')).toEqual([]);
    await stillServes();
  });

  it('with a value nested far too deep are answered as invalid input', async () => {
    const deep = `${'['.repeat(3000)}${']'.repeat(3000)}`;
    const value = `{"json":{"file":"cluster/madagascar.json","pointer":"/zz","value":${deep}}}`;
    const answered = new Promise<string>((done, fail) => {
      const socket = new Socket(`ws://127.0.0.1:${host.port}/rpc`, right());
      socket.once('open', () => socket.send(`{"i":"1","p":{"u":"/lab/set","b":${value}}}`));
      socket.once('message', (data: Buffer) => {
        socket.terminate();
        done(data.toString('utf8'));
      });
      socket.once('error', fail);
    });
    expect(JSON.parse(await answered)).toMatchObject({ p: { b: { json: { code: 'INPUT_INVALID' } } } });
    await stillServes();
  });
});

describe('a connection that asks too much', () => {
  it('is closed at 257 calls at once, and what it asked for ends', async () => {
    const ended: Promise<unknown>[] = [];
    const started = Promise.withResolvers<void>();
    const busy = recordingServices({
      replace: {
        cards: {
          plan: (_request, options) => {
            const call = new Promise<never>((_done, fail) => {
              options?.signal?.addEventListener('abort', () => fail(options.signal?.reason));
            });
            ended.push(call.catch(() => undefined));
            started.resolve();
            return call;
          },
        },
      },
    });
    const crowded = await startWebHost({ services: busy, port: 0, staticFolder: folder });
    try {
      const socket = new Socket(`ws://127.0.0.1:${crowded.port}/rpc`, [
        'sifaka',
        `token.${tokenOf(crowded.url)}`,
      ]);
      const closed = new Promise((done) => socket.once('close', done));
      await new Promise((done) => socket.once('open', done));
      const body = { json: { node: 'titan-13', target: { kind: 'virtual-drive', name: 'x' } } };
      for (let id = 0; id <= 256; id += 1) {
        socket.send(JSON.stringify({ i: String(id), p: { u: '/cards/plan', b: body } }));
        if (id === 0) await started.promise;
      }
      expect(await closed).toBe(1007);
      await Promise.all(ended);
      expect(ended.length).toBeLessThanOrEqual(256);
    } finally {
      await crowded.close();
    }
  });

  it('and does not read is cut off, and its stream ends', async () => {
    const ended = Promise.withResolvers<void>();
    const text = 'x'.repeat(1 << 18);
    const talkative = recordingServices({
      replace: {
        jobs: {
          async *follow() {
            try {
              for (;;) {
                yield { type: 'note', at: '2026-11-21T02:00:00Z', text };
                await new Promise((next) => setImmediate(next));
              }
            } finally {
              ended.resolve();
            }
          },
        },
      },
    });
    const patient = await startWebHost({ services: talkative, port: 0, staticFolder: folder });
    try {
      const socket = new Socket(`ws://127.0.0.1:${patient.port}/rpc`, [
        'sifaka',
        `token.${tokenOf(patient.url)}`,
      ]);
      socket.on('error', () => undefined);
      await new Promise((done) => socket.once('open', done));
      socket.send(JSON.stringify({ i: '0', p: { u: '/jobs/follow', b: { json: { id: jobId } } } }));
      socket.pause();
      await ended.promise;
      socket.terminate();
    } finally {
      await patient.close();
    }
  });
});

describe('the page', () => {
  it('is served with its headers, by GET and HEAD', async () => {
    const answer = await page({});
    expect(answer).toMatchObject({ status: 200, body: '<p>page</p>' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers['content-security-policy']).toContain(`ws://127.0.0.1:${host.port}`);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(await page({ method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(await page({ path: '/assets/a.js' })).toMatchObject({ status: 200, body: '1' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('takes no %s', async (method) => {
    for (const path of ['/', '/rpc', '/rpc/lab/state']) {
      expect((await page({ method, path })).status).toBe(405);
    }
  });

  it.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/rpc',
    '/rpc/lab/state',
  ])('has nothing at %s', async (path) => {
    const answer = await page({ path });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('outside');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('leaves nothing in the log about a name too long to be one', async () => {
    const before = services.logged.length;
    expect((await page({ path: `/${'a'.repeat(3000)}.js` })).status).toBe(404);
    expect(services.logged.slice(before)).toEqual([]);
  });

  it('that cannot be read is one line in the log, without a stack', async () => {
    const quiet = recordingServices();
    const broken = await startWebHost({ services: quiet, port: 0, staticFolder: 'no\0folder' });
    try {
      const answer = await fetch(`http://127.0.0.1:${broken.port}/`);
      expect(answer.status).toBe(500);
      expect(quiet.logged).toEqual([expect.stringMatching(/^web host: [^\n]+$/)]);
    } finally {
      await broken.close();
    }
  });

  it('is not served to a foreign Host', async () => {
    expect((await page({ headers: { host: `evil.example:${host.port}` } })).status).toBe(403);
  });

  it('does not carry the token', async () => {
    const answer = await page({});
    expect(JSON.stringify(answer)).not.toContain(token);
  });
});

describe('the host', () => {
  it('listens on this machine alone', async () => {
    const refused = await new Promise<boolean>((done) => {
      const other = connectTcp({ port: host.port, host: '127.0.0.2' });
      other.once('connect', () => {
        other.destroy();
        done(false);
      });
      other.once('error', () => done(true));
    });
    expect(refused).toBe(true);
  });

  it('says so when its port is taken', async () => {
    await expect(startWebHost({ services, port: host.port, staticFolder: folder })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });

  it.each([
    ['send nothing', 60_000, () => ''],
    ['never end their request', 60_000, () => 'GET / HTTP/1.1\r\n'],
    [
      'do not read their answer',
      300,
      (port: number) => `GET /large.js HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    ],
    [
      'stay after a refused handshake',
      60_000,
      () => 'GET /rpc HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
  ])('is not taken by programs without a token that %s', async (_what, answerTime, text) => {
    const large = join(folder, 'large');
    await mkdir(large, { recursive: true });
    // More than the buffers of both ends hold.
    await writeFile(join(large, 'large.js'), Buffer.alloc(12 << 20));
    await writeFile(join(large, 'index.html'), '<p>page</p>');
    const besieged = await startWebHost({
      services,
      port: 0,
      staticFolder: large,
      limits: { sockets: 8, requestTime: 300, answerTime, checkInterval: 20 },
    });
    const idle: TcpSocket[] = [];
    try {
      const { client, socket } = await connect(besieged.port, tokenOf(besieged.url));
      for (let count = 0; count < 12; count += 1) {
        const one = connectTcp({ port: besieged.port, host: '127.0.0.1', allowHalfOpen: true });
        one.on('error', () => undefined);
        one.once('connect', () => one.write(text(besieged.port)));
        idle.push(one);
      }
      const served = async () => {
        const answer = await fetch(`http://127.0.0.1:${besieged.port}/`).catch(() => undefined);
        return answer?.text();
      };
      await expect.poll(served, { timeout: 20_000 }).toBe('<p>page</p>');
      // Who has a token stays, however long.
      expect((await client.session.info()).host).toBe('web');
      socket.close();
    } finally {
      for (const one of idle) one.destroy();
      await besieged.close();
    }
  });

  it('puts no token into the log', () => {
    expect(services.logged.join('\n')).not.toContain(token);
  });

  it('closes while connections are open', async () => {
    const short = await startWebHost({ services, port: 0, staticFolder: folder });
    const { socket } = await connect(short.port, tokenOf(short.url));
    const closed = new Promise((done) => socket.addEventListener('close', done, { once: true }));
    await short.close();
    await closed;
  });
});
