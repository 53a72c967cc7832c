import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { makeKey, type SshServer } from '../../rig/sshd.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { type OpenWorld, runOn, SshWorld, still, trust } from './ssh-world.ts';

let world: SshWorld;
beforeEach((context) => {
  requireTools(context, 'sshd', 'ssh-keygen');
  world = new SshWorld();
});
afterEach(() => world?.remove());

const keysFile = () => join(world.labFolder, 'cluster/host-keys.json');

/** A server that would let the operator in, as the node baobab; not trusted. */
async function baobab(): Promise<{ server: SshServer; open: OpenWorld }> {
  const server = await world.sshd();
  server.authorize(world.key());
  world.nodes({ baobab: server.port });
  return { server, open: await world.open() };
}

describe('a host key that nobody trusted', () => {
  it('is not logged in to, and its fingerprint and where to compare it are said', async () => {
    const { server, open } = await baobab();
    const problem = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(problem).toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      what: expect.stringContaining(server.fingerprint),
      state: expect.stringContaining('not logged in'),
      next: expect.stringMatching(/ssh_host_ed25519_key\.pub.*sifaka nodes trust baobab/),
    });
  });

  it('is looked at without trusting it', async () => {
    const { server, open } = await baobab();
    expect(await open.nodes.hostKey('baobab', still)).toEqual({
      host: 'baobab',
      presented: { type: 'ssh-ed25519', fingerprint: server.fingerprint },
      trusted: [],
      state: 'unknown',
    });
    expect(await open.lab.hostKeys()).toBeUndefined();
  });

  it('is trusted by the fingerprint that was compared, in the lab and its logbook', async () => {
    const { server, open } = await baobab();
    const { fingerprint } = server;
    const input = { host: 'baobab', proof: { fingerprint }, replace: false };
    const trusted = [{ type: 'ssh-ed25519', fingerprint }];
    expect(await open.nodes.trust(input, still)).toMatchObject({ changed: true, trusted });
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
    expect((await open.lab.hostKeys())?.value.hosts['baobab']).toMatchObject({ by: 'fingerprint' });
    const [entry] = await open.lab.logbook(5);
    expect(entry).toMatchObject({ project: 'nodes', summary: 'Trusted the host key of baobab' });
    expect(entry?.details.join()).toContain(fingerprint);
    expect(await open.lab.check()).toContainEqual(
      expect.objectContaining({ file: 'cluster/host-keys.json', ok: true, note: '1 trusted host' }),
    );
    // Once more changes nothing.
    expect(await open.nodes.trust(input, still)).toMatchObject({ changed: false, trusted });
    expect(await open.lab.logbook(5)).toHaveLength(1);
  });

  it('is not trusted by another fingerprint than the one it has', async () => {
    const { open } = await baobab();
    const proof = { fingerprint: `SHA256:${'A'.repeat(43)}` };
    expect(await problemOf(open.nodes.trust({ host: 'baobab', proof, replace: false }, still))).toMatchObject(
      {
        code: 'HOST_KEY_MISMATCH',
        state: 'Nothing was trusted.',
      },
    );
    expect(await open.lab.hostKeys()).toBeUndefined();
  });

  it('is trusted by a known_hosts file, hashed names too, and not by one for others', async () => {
    const { server, open } = await baobab();
    const file = join(world.folder, 'known_hosts');
    writeFileSync(file, server.knownHosts);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const hashed = readFileSync(file, 'utf8');
    expect(hashed).toContain('|1|');
    const by = (knownHosts: string) =>
      open.nodes.trust({ host: 'baobab', proof: { knownHosts }, replace: false }, still);
    const elsewhere = server.knownHosts.replace('127.0.0.1', '127.0.0.2');
    expect(await problemOf(by(elsewhere))).toMatchObject({ code: 'HOST_KEY_NOT_LISTED' });
    expect(await problemOf(by(`${hashed}@revoked * ${server.hostKey}\n`))).toMatchObject({
      code: 'HOST_KEY_NOT_LISTED',
    });
    expect(await by(hashed)).toMatchObject({ changed: true });
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });
});

describe('a host key that changed', () => {
  it('is refused before any login, until it is compared and replaced', async () => {
    const first = await world.sshd();
    first.authorize(world.key());
    const open = await world.trusting({ baobab: first });
    await first.stop();
    const second = await world.sshd({ port: first.port, settings: ['LogLevel VERBOSE'] });
    second.authorize(readFileSync(`${world.keyFile()}.pub`, 'utf8'));
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'HOST_KEY_MISMATCH',
      what: expect.stringContaining(second.fingerprint),
      state: expect.stringContaining(first.fingerprint),
      next: expect.stringContaining('--replace'),
    });
    const proof = { fingerprint: second.fingerprint };
    expect(await problemOf(open.nodes.trust({ host: 'baobab', proof, replace: false }, still))).toMatchObject(
      {
        code: 'HOST_KEY_MISMATCH',
        state: expect.stringContaining(first.fingerprint),
      },
    );
    await open.nodes.trust({ host: 'baobab', proof, replace: true }, still);
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
    expect(await open.lab.logbook(1)).toMatchObject([{ summary: 'Replaced the host key of baobab' }]);
  });

  it('is a mismatch too when the host has no key of the trusted type any more', async () => {
    const { server, open } = await baobab();
    const [, base64] = makeKey(join(world.folder, 'rsa'), '-t', 'rsa', '-b', '2048').split(' ');
    const knownHosts = `[127.0.0.1]:${server.port} ssh-rsa ${base64}\n`;
    await open.nodes.trust({ host: 'baobab', proof: { knownHosts }, replace: false }, still);
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'HOST_KEY_MISMATCH',
      what: expect.stringContaining('has no key of a type that is trusted'),
    });
    expect(await open.nodes.hostKey('baobab', still)).toMatchObject({ state: 'changed' });
  });

  it('of one node is not accepted for another', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    world.nodes({ baobab: server.port, ebony: server.port });
    const open = await world.open();
    await trust(open, 'baobab', server);
    expect(await problemOf(runOn(open, 'ebony', { argv: ['true'] }))).toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
    });
  });
});

describe('cluster/host-keys.json', () => {
  it('keeps what others wrote into it', async () => {
    const { server, open } = await baobab();
    await trust(open, 'baobab', server);
    const file = JSON.parse(readFileSync(keysFile(), 'utf8'));
    file.note = 'by hand';
    file.hosts.ebony = { ...file.hosts.baobab, rack: 4 };
    writeFileSync(keysFile(), JSON.stringify(file, null, 4));
    const other = await world.sshd();
    world.nodes({ baobab: server.port, ebony: other.port });
    const proof = { knownHosts: other.knownHosts };
    await open.nodes.trust({ host: 'ebony', proof, replace: true }, still);
    expect(JSON.parse(readFileSync(keysFile(), 'utf8'))).toMatchObject({
      note: 'by hand',
      hosts: { ebony: { rack: 4 }, baobab: { by: 'known-hosts' } },
    });
  });

  it.each([
    ['a key that is of another type than it says', { type: 'ssh-rsa' }],
    ['a key that is none', { key: 'AAAA' }],
  ])('with %s is refused as a whole, with its line, and nobody is asked', async (_what, wrong) => {
    const { server, open } = await baobab();
    await trust(open, 'baobab', server);
    const file = JSON.parse(readFileSync(keysFile(), 'utf8'));
    Object.assign(file.hosts.baobab.keys[0], wrong);
    writeFileSync(keysFile(), JSON.stringify(file, null, 2));
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'LAB_FILE_INVALID',
      where: { file: 'cluster/host-keys.json', line: expect.any(Number) },
    });
    expect(await open.lab.check()).toContainEqual(
      expect.objectContaining({ file: 'cluster/host-keys.json', ok: false }),
    );
  });

  it('cannot be changed as a value of the lab', async () => {
    const { server, open } = await baobab();
    await trust(open, 'baobab', server);
    const change = { file: 'cluster/host-keys.json', pointer: '/hosts/baobab/by', value: 'fingerprint' };
    expect(await problemOf(open.lab.set(change))).toMatchObject({ code: 'INPUT_INVALID' });
  });
});
