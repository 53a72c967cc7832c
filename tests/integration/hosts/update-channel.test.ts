import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findUpdateChannel, newerVersion } from '../../../electron/hosts/update-channel.ts';

let folder = '';
let server: Server;
let asked: string[] = [];
/** What the server answers: a status, and what is in the file. */
let answer: { status?: number; location?: string; body?: string } = {};

/** A real server; what is not real about it is only that it is reached without TLS. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-updates-'));
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const {
      status = 200,
      location,
      body = '',
    } = request.url === '/elsewhere.yml' ? { body: 'version: 9.0.0\n' } : answer;
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((url, options) => {
    const { protocol, host, pathname } = new URL(new Request(url).url);
    expect([protocol, host]).toEqual(['https:', 'updates.example']);
    return real(`http://127.0.0.1:${port}${pathname}`, options);
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function channelOf(text: string) {
  await writeFile(join(folder, 'app-update.yml'), text);
  return findUpdateChannel(folder);
}

describe('the channel for updates', () => {
  it('is that of the package, as electron-builder writes it', async () => {
    expect(
      await channelOf(
        'provider: generic\nurl: https://updates.example/sifaka\nupdaterCacheDirName: sifaka-updater\n',
      ),
    ).toEqual({ folder: 'https://updates.example/sifaka/' });
  });

  it('is none where no package says so', async () => {
    expect(await findUpdateChannel(undefined)).toBeUndefined();
    expect(await findUpdateChannel(folder)).toBeUndefined();
    for (const url of ['http://updates.example/', 'file:///etc/', 'https://user:word@updates.example/', 'x'])
      expect([url, await channelOf(`provider: generic\nurl: ${url}\n`)]).toEqual([url, undefined]);
    for (const damaged of ['a: [', '\u0000', '- 1', '&a [*a]'])
      expect([damaged, await channelOf(damaged)]).toEqual([damaged, undefined]);
    expect(await channelOf('provider: github\nowner: x\nrepo: y\n')).toBeUndefined();
  });
});

describe('the version that is there', () => {
  const channel = { folder: 'https://updates.example/sifaka/' };
  const here = { current: '0.9.1', platform: 'linux', arch: 'x64' } as const;

  it.each([
    ['0.9.2', '0.9.2'],
    ['0.10.0', '0.10.0'],
    ['1.0.0', '1.0.0'],
    ['0.9.1', undefined],
    ['0.9.0', undefined],
    ['0.8.99', undefined],
  ])('%s is offered to 0.9.1 as %s', async (version, offered) => {
    answer = { body: `version: ${version}\nfiles: []\npath: Sifaka.AppImage\n` };
    expect(await newerVersion(channel, here)).toBe(offered);
  });

  it.each([
    ['win32', 'x64', 'latest.yml'],
    ['win32', 'arm64', 'latest.yml'],
    ['linux', 'x64', 'latest-linux.yml'],
    ['linux', 'arm64', 'latest-linux-arm64.yml'],
  ] as const)('is asked for on %s %s once, as %s', async (platform, arch, file) => {
    answer = { body: 'version: 9.0.0\n' };
    await newerVersion(channel, { ...here, platform, arch });
    expect(asked).toEqual([`GET /sifaka/${file}`]);
  });

  it.each([
    ['leads elsewhere', { status: 302, location: '/elsewhere.yml' }],
    ['is missing', { status: 404 }],
    ['is no version', { body: 'version: "<b>9</b>"\n' }],
    ['is before a release', { body: 'version: 1.0.0-beta.1\n' }],
    ['is a page', { body: '<!doctype html><title>Sign in</title>' }],
    ['has no end', { body: `version: 9.0.0\n#${'x'.repeat(100_000)}` }],
  ])('is not believed when it %s', async (_how, given) => {
    answer = given;
    await expect(newerVersion(channel, here)).rejects.toThrow();
  });
});
