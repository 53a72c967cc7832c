import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { quiet, s3Target, sealKeys, still, TargetWorld } from './target-world.ts';

/**
 * A server that answers as it likes. Its XML is that of the Amazon S3 API Reference (ListObjectsV2, "Error responses").
 */
type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const keys = { accessKey: 'AKIDOFTHELAB', secretKey: `secret-${crypto.randomUUID()}` };

let world: TargetWorld;
let opened: Awaited<ReturnType<TargetWorld['open']>>;
let server: Server;
let endpoint: string;
let answer: Answer;
let requests = 0;
let mark = '';

beforeAll(async () => {
  world = new TargetWorld();
  opened = await world.open();
  await sealKeys(opened.secrets, keys);
  server = createServer((request, response) => {
    requests += 1;
    request.on('error', () => undefined);
    request.resume();
    answer(request, response, new URL(request.url ?? '/', 'http://server'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world.define({ offsite: s3Target(endpoint, { prefix: '' }) });
  // It takes the mark, and gives it back.
  answer = (request, response, url) => {
    if (request.method === 'PUT') {
      request.on('data', (chunk: Buffer) => (mark += chunk.toString()));
      request.on('end', () => response.end());
    } else if (url.pathname.endsWith('.sifaka-backup-target')) {
      if (mark === '') error(response, 404, 'NoSuchKey');
      else response.end(mark);
    } else xml(response, '<ListBucketResult/>');
  };
  const store = await opened.targets.open('offsite');
  expect(await store.init(still)).toMatchObject({ state: 'ready' });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await world.remove();
});
beforeEach(() => {
  requests = 0;
});
afterEach(() => server.closeAllConnections());

function xml(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function error(response: ServerResponse, status: number, code: string, more = ''): void {
  xml(response, `<Error><Code>${code}</Code><Message>${code}</Message>${more}</Error>`, status);
}

/** The mark as it should be, and everything else as the test says. */
function behindTheMark(then: Answer): void {
  answer = (request, response, url) => {
    if (url.pathname.endsWith('.sifaka-backup-target')) response.end(mark);
    else then(request, response, url);
  };
}

const listed = (key: string, size: number | string = 5) =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-20T14:00:00.000Z</LastModified><ETag>"x"</ETag><Size>${size}</Size></Contents>`;
const bucket = (contents: string) =>
  `<ListBucketResult><Name>backups</Name><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
const truncated = (token: string, contents: string) =>
  `<ListBucketResult><IsTruncated>true</IsTruncated>${token}${contents}</ListBucketResult>`;
const token = (text: number | string) => `<NextContinuationToken>${text}</NextContinuationToken>`;
const name = 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst';
const folder = `madagascar/qemu-100/${name}`;

describe('a hostile server', () => {
  it('lists names that lead elsewhere, steer a terminal or are too long, and only archives are taken', async () => {
    const bad = [
      `../../etc/${name}/x`,
      `madagascar/../../x/${name}/x`,
      `madagascar/qemu-100/../../../x`,
      `madagascar/qemu-100/..`,
      `/${folder}/${name}`,
      `madagascar/qemu-100/a&#27;[2Jb/x`,
      `madagascar/qemu-100/a%0Ab/../x`,
      `madagascar/qemu-99/${name}/x`,
      `madagascar/qemu-1e9/${name}/x`,
      `madagascar/qemu-9999999999/${name}/x`,
      `-rf/qemu-100/${name}/x`,
      `madagascar/qemu-100/${'a'.repeat(300)}/x`,
      `madagascar/qemu-100/${name}/deeper/x`,
    ];
    const sizes = ['-5', 'NaN', '1e400', '99999999999999999999'];
    behindTheMark((_request, response, url) => {
      if (url.searchParams.has('uploads')) xml(response, '<ListMultipartUploadsResult/>');
      else
        xml(
          response,
          bucket(
            [
              ...bad.map((key) => listed(key)),
              ...sizes.map((size) => listed(`madagascar/qemu-101/${name}/x`, size)),
              listed(`${folder}/${name}`, 1000),
              listed(`${folder}/sifaka-backup.json`, 10),
            ].join(''),
          ),
        );
    });
    const store = await opened.targets.open('offsite');
    const found = await store.list(still);
    expect(found).toMatchObject([{ name, vmid: 100, sizeBytes: 1000, partial: false }]);
    expect(found).toHaveLength(1);
  });

  it('whose list never ends, stands still or is too large is left', async () => {
    const store = await opened.targets.open('offsite');
    const pages: Record<string, (page: number) => string> = {
      'no next page': () => truncated('', listed(`${folder}/x`)),
      'the same page again': () => truncated(token('same'), listed(`${folder}/x`)),
      'empty pages': (page) => truncated(token(page), ''),
      'one large page': () => bucket(listed('x').repeat(100_000)),
    };
    for (const [what, page] of Object.entries(pages)) {
      requests = 0;
      let asked = 0;
      behindTheMark((_request, response) => xml(response, page((asked += 1))));
      const failed = await store.list(still).catch((thrown: unknown) => thrown);
      expect([what, failed]).toMatchObject([
        what,
        { code: expect.stringMatching(/^TARGET_(REFUSED|UNREACHABLE)$/) },
      ]);
      expect(requests).toBeLessThan(20);
    }
  });

  it('sends more or less than it said, and it does not become the archive', async () => {
    const back = join(world.disks, 'back');
    mkdirSync(back);
    const content = Buffer.from('twenty bytes, exactly');
    const archive = world.archive({ content });
    const record = JSON.stringify(archive.record);
    let body: Buffer = content;
    behindTheMark((request, response, url) => {
      if (url.pathname.endsWith('sifaka-backup.json')) response.end(record);
      else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': content.length }).end();
      else response.end(body);
    });
    const store = await opened.targets.open('offsite');
    const found = {
      id: `target:offsite#${name}`,
      place: 'target:offsite',
      name,
      pveCluster: 'madagascar',
      type: 'qemu' as const,
      vmid: 100,
      method: 'vzdump' as const,
      ctime: 0,
      sizeBytes: content.length,
      format: 'vma.zst',
      protected: false,
      standardName: true,
      partial: false,
      fromTheFuture: false,
    };
    for (const wrong of [
      Buffer.alloc(content.length),
      Buffer.alloc(5),
      Buffer.alloc(4_000_000),
      Buffer.alloc(0),
    ]) {
      body = wrong;
      await expect(store.bringTo(found, { node: 'baobab', folder: back }, quiet)).rejects.toMatchObject({
        code: expect.stringMatching(/^(COPY_MISMATCH|TARGET_REFUSED)$/),
      });
      expect(readdirSync(back).filter((entry) => !entry.startsWith('.sifaka-bring-'))).toEqual([]);
    }
    body = content;
    await store.bringTo(found, { node: 'baobab', folder: back }, quiet);
    expect(readdirSync(back)).toEqual([name]);
  });

  it('stores other bytes than were sent and says that all is well, and it is found out', async () => {
    const archive = world.archive({ bytes: 5000, vmid: 102 });
    const stored = Buffer.alloc(5000, 7);
    const asked: string[] = [];
    let isThere = false;
    let digest = 'not-an-md5';
    behindTheMark((request, response, url) => {
      asked.push(`${request.method} ${url.pathname.split('/').at(-1)}`);
      isThere ||= request.method === 'PUT';
      if (url.searchParams.has('uploads')) xml(response, '<ListMultipartUploadsResult/>');
      else if (request.method === 'HEAD' && isThere)
        response.writeHead(200, { 'content-length': stored.length, etag: `"${digest}"` }).end();
      else if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'GET') response.end(stored);
      else if (request.method === 'DELETE') response.writeHead(204).end();
      else request.on('end', () => response.end());
    });
    const store = await opened.targets.open('offsite');
    for (digest of ['not-an-md5', 'd41d8cd98f00b204e9800998ecf8427e', `${'a'.repeat(32)}-1`]) {
      isThere = false;
      asked.length = 0;
      await expect(store.copy(archive, quiet)).rejects.toMatchObject({ code: 'COPY_MISMATCH' });
      expect(asked).toContain(`DELETE ${archive.record.archive}`);
      expect(asked.some((line) => line === 'PUT sifaka-backup.json')).toBe(false);
    }
  });

  it.each([
    [400, 'RequestTimeTooSkewed', 'TARGET_REFUSED', 'clock'],
    [403, 'RequestTimeTooSkewed', 'TARGET_REFUSED', 'clock'],
    [403, 'InvalidAccessKeyId', 'TARGET_REFUSED', 'does not know the access key'],
    [403, 'AccessDenied', 'TARGET_REFUSED', 'may not do that'],
    [404, 'NoSuchBucket', 'TARGET_REFUSED', 'no such bucket'],
    [301, 'PermanentRedirect', 'TARGET_REFUSED', 'redirect'],
    [307, 'TemporaryRedirect', 'TARGET_REFUSED', 'redirect'],
    [503, 'SlowDown', 'TARGET_UNREACHABLE', '503'],
    [418, 'Teapot', 'TARGET_REFUSED', '418'],
  ] as const)('answers %i %s, and it is said in words of ours', async (status, code, problem, words) => {
    let elsewhere = 0;
    const other = createServer((_request, response) => {
      elsewhere += 1;
      response.end();
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    answer = (_request, response) => {
      response.setHeader('location', location);
      // A server knows the access key, and could write it anywhere.
      error(response, status, code, `<AWSAccessKeyId>${keys.accessKey}</AWSAccessKeyId>`);
    };
    const [look] = await opened.targets.look(still);
    await new Promise((done) => other.close(done));
    expect(look).toMatchObject({ state: 'unreachable', problem: { code: problem } });
    expect(look?.problem?.what).toContain(words);
    expect(elsewhere).toBe(0);
    // Tried again, and not for ever.
    expect(requests).toBeLessThan(10);
    expect(JSON.stringify(look)).not.toContain(keys.accessKey);
  });

  it('is the only one that is asked, whatever the environment says', async () => {
    let elsewhere = 0;
    const other = createServer((_request, response) => {
      elsewhere += 1;
      response.end();
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const home = join(world.disks, 'aws');
    mkdirSync(home);
    writeFileSync(
      join(home, 'config'),
      `[default]\nendpoint_url = ${url}\nregion = elsewhere\ns3 =\n  addressing_style = virtual\n`,
    );
    const settings = {
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_S3: url,
      AWS_CONFIG_FILE: join(home, 'config'),
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_REGION: 'elsewhere',
      AWS_USE_FIPS_ENDPOINT: 'true',
      HTTP_PROXY: url,
      http_proxy: url,
    };
    const seen: string[] = [];
    behindTheMark((request, response) => {
      seen.push(request.headers.authorization ?? '');
      xml(response, bucket(''));
    });
    for (const [key, value] of Object.entries(settings)) vi.stubEnv(key, value);
    try {
      expect(await opened.targets.look(still)).toMatchObject([{ state: 'ready' }]);
    } finally {
      vi.unstubAllEnvs();
      await new Promise((done) => other.close(done));
    }
    expect(elsewhere).toBe(0);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain(`Credential=${keys.accessKey}/`);
    expect(seen[0]).toContain('/us-east-1/s3/');
  });

  it('calls its errors what it likes, and nothing of it is shown', async () => {
    for (const code of [keys.accessKey, '\u001b[2J', 'x'.repeat(100_000), '__proto__', 'constructor']) {
      answer = (_request, response) => {
        error(response, 400, code.replaceAll('\u001b', ''));
      };
      const [look] = await opened.targets.look(still);
      expect(look?.problem?.what).toBe('The backup target offsite refuses: it answers with 400.');
    }
  });

  it('answers something else than S3, or hangs up, and is not there', async () => {
    const answers: Answer[] = [
      (_request, response) => response.destroy(),
      (_request, response) => xml(response, '<html>'),
      (_request, response) => response.end('x'.repeat(50_000)),
    ];
    for (const wrong of answers) {
      answer = wrong;
      const [look] = await opened.targets.look(still);
      expect(look?.state).not.toBe('ready');
      expect(look?.problem?.code).toMatch(/^TARGET_/);
    }
  });

  it('keeps somebody waiting, who can go away', async () => {
    answer = () => undefined;
    const controller = new AbortController();
    const store = await opened.targets.open('offsite');
    const waiting = store.list(controller.signal);
    await expect.poll(() => requests).toBe(1);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
