import { readFileSync, renameSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { freePort } from '../../rig/free-port.ts';
import { makeKey, ownUser } from '../../rig/sshd.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { runOn, SshWorld, still, trust } from './ssh-world.ts';

let world: SshWorld;
beforeEach((context) => {
  requireTools(context, 'sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add');
  world = new SshWorld();
});
afterEach(() => world?.remove());

describe('a login', () => {
  it('is by a key of the operator, without a password, and says who it is on the other side', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const { code, stdout } = await runOn(open, 'baobab', { argv: ['id', '-un'] });
    expect({ code, user: stdout.toString() }).toEqual({ code: 0, user: `${ownUser}\n` });
  });

  it.each([
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['ecdsa', ['-t', 'ecdsa']],
    ['PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ])('is by a key of the kind %s', async (_kind, parameters) => {
    const server = await world.sshd();
    server.authorize(world.key('id_rsa', ...parameters));
    const open = await world.trusting({ baobab: server });
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('is by a key that only the agent has', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    const agent = await world.startAgent();
    agent.add(world.keyFile());
    rmSync(world.keyFile());
    const open = await world.trusting({ baobab: server });
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('asks the agent for the named key alone with IdentitiesOnly', async () => {
    const server = await world.sshd({ settings: ['MaxAuthTries 2'] });
    const agent = await world.startAgent();
    // One attempt more than the server allows stands before the right key.
    for (const name of ['other-1', 'other-2', 'other-3']) {
      world.key(name);
      agent.add(world.keyFile(name));
    }
    server.authorize(world.key('wanted'));
    agent.add(world.keyFile('wanted'));
    const open = await world.trusting({ baobab: server });
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'SSH_LOGIN_REFUSED',
    });
    rmSync(world.keyFile('wanted'));
    world.config = 'Host baobab\n  IdentityFile ~/.ssh/other-1\n  IdentitiesOnly yes\n';
    const refused = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(refused.what).toContain('none of 1 keys was accepted');
    world.config = 'Host baobab\n  IdentityFile ~/.ssh/wanted\n  IdentitiesOnly yes\n';
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('that is refused says so, with the keys that cannot be used and why', async () => {
    const server = await world.sshd();
    world.key();
    makeKey(world.keyFile('locked'), '-N', 'planted-passphrase');
    world.config =
      'IdentityFile ~/.ssh/id_ed25519\nIdentityFile ~/.ssh/locked\nIdentityFile ~/.ssh/none-there\n';
    const open = await world.trusting({ baobab: server });
    const problem = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(problem).toMatchObject({
      code: 'SSH_LOGIN_REFUSED',
      what: expect.stringContaining('none of 1 keys was accepted'),
      next: expect.stringContaining('authorized_keys'),
    });
    expect(problem.more?.join('\n')).toMatch(/locked cannot be used as a file: it has a passphrase/);
    expect(problem.more?.join('\n')).toMatch(/none-there of ~\/\.ssh\/config cannot be read/);
    expect(problem.more?.join('\n')).toMatch(/no SSH agent/);
    expect(JSON.stringify(problem)).not.toContain('planted');
  });

  it('without any key says that there is none', async () => {
    const open = await world.trusting({ baobab: await world.sshd() });
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'SSH_LOGIN_REFUSED',
      what: expect.stringContaining('there is no key to log in with'),
    });
  });

  it('by a certificate is not possible with ssh2, which is said, for a file and for the agent', async () => {
    const authority = join(world.folder, 'authority');
    makeKey(authority);
    const server = await world.sshd({ settings: [`TrustedUserCAKeys ${authority}.pub`] });
    world.key();
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'me', '-n', ownUser, `${world.keyFile()}.pub`]);
    const agent = await world.startAgent();
    const open = await world.trusting({ baobab: server });
    const inFile = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(inFile).toMatchObject({ code: 'SSH_LOGIN_REFUSED' });
    expect(inFile.more?.join('\n')).toMatch(
      /certificate for .*id_ed25519; ssh2 cannot log in with certificates/,
    );
    agent.add(world.keyFile());
    const inAgent = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(inAgent.more?.join('\n')).toMatch(/The agent has ssh-ed25519-cert-v01@openssh\.com: ssh2 cannot/);
  });

  it('by a FIDO key is not possible with ssh2, which is said', async () => {
    const server = await world.sshd();
    world.key('id_sk');
    // What a real one's public half looks like; the private half needs the device in any case.
    const blob = Buffer.concat(
      ['sk-ssh-ed25519@openssh.com', 'x'.repeat(32), 'ssh:'].map((text) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(text.length);
        return Buffer.concat([length, Buffer.from(text)]);
      }),
    );
    rmSync(world.keyFile('id_sk'));
    renameSync(`${world.keyFile('id_sk')}.pub`, world.keyFile('id_sk'));
    const { writeFileSync } = await import('node:fs');
    writeFileSync(
      `${world.keyFile('id_sk')}.pub`,
      `sk-ssh-ed25519@openssh.com ${blob.toString('base64')} me\n`,
    );
    world.config = 'IdentityFile ~/.ssh/id_sk\n';
    const open = await world.trusting({ baobab: server });
    const problem = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(problem.more?.join('\n')).toMatch(
      /id_sk is sk-ssh-ed25519@openssh\.com: ssh2 cannot use FIDO keys/,
    );
  });

  it('that only a password would open says what the server accepts', async () => {
    const server = await world.sshd({
      settings: ['PubkeyAuthentication no', 'AuthenticationMethods any'],
    });
    world.key();
    const open = await world.trusting({ baobab: server });
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'SSH_LOGIN_REFUSED',
    });
  });
});

describe('the way through a jump host', () => {
  it('reaches a node behind it, with one connection to each', async () => {
    const bastion = await world.sshd();
    const hidden = await world.sshd();
    const publicKey = world.key();
    bastion.authorize(publicKey);
    hidden.authorize(publicKey);
    world.nodes({
      bastion: bastion.port,
      hidden: {
        hosts: { management: '127.0.0.1' },
        ssh: { port: hidden.port, user: ownUser, jump: 'bastion' },
      },
    });
    const open = await world.open();
    await trust(open, 'hidden', hidden);
    // The way there is not trusted yet.
    expect(await problemOf(runOn(open, 'hidden', { argv: ['true'] }))).toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      what: expect.stringContaining('bastion'),
    });
    await trust(open, 'bastion', bastion);
    const [one, two] = await Promise.all([
      runOn(open, 'hidden', { argv: ['sh', '-c', 'echo "$SSH_CONNECTION"'] }),
      runOn(open, 'hidden', { argv: ['sh', '-c', 'echo "$SSH_CONNECTION"'] }),
    ]);
    expect(one.stdout.toString()).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${hidden.port}\n$`),
    );
    // The same port at the other end: the same connection.
    expect(two.stdout.toString()).toBe(one.stdout.toString());
  });

  it('is taken from ~/.ssh/config, and its host is trusted by the name it has there', async () => {
    const bastion = await world.sshd();
    const hidden = await world.sshd();
    const publicKey = world.key();
    bastion.authorize(publicKey);
    hidden.authorize(publicKey);
    world.nodes({ hidden: hidden.port });
    world.config = `Host hid*\n  ProxyJump ${ownUser}@gate:${bastion.port}\nHost gate\n  HostName 127.0.0.1\n`;
    const open = await world.open();
    await trust(open, 'hidden', hidden);
    expect(await open.nodes.list()).toMatchObject([{ name: 'hidden', via: [`[gate]:${bastion.port}`] }]);
    expect(await problemOf(runOn(open, 'hidden', { argv: ['true'] }))).toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      what: expect.stringContaining('[gate]'),
    });
    await trust(open, `[gate]:${bastion.port}`, bastion);
    expect(await runOn(open, 'hidden', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('that ends at the jump host says which of the two does not answer', async () => {
    const bastion = await world.sshd();
    bastion.authorize(world.key());
    world.nodes({
      bastion: bastion.port,
      hidden: { hosts: { management: '127.0.0.1' }, ssh: { port: await freePort(), jump: 'bastion' } },
    });
    const open = await world.open();
    await trust(open, 'bastion', bastion);
    expect(await problemOf(open.nodes.hostKey('hidden', still))).toMatchObject({
      code: 'SSH_UNREACHABLE',
      what: expect.stringMatching(/^hidden .*bastion, which it is reached through, does not get there/),
    });
  });
});

it('no key, passphrase or agent leaves this machine, and none is in the lab', async () => {
  const server = await world.sshd();
  server.authorize(world.key());
  const agent = await world.startAgent();
  agent.add(world.keyFile());
  const open = await world.trusting({ baobab: server });
  const { stdout } = await runOn(open, 'baobab', { argv: ['env'] });
  expect(stdout.toString()).not.toContain('SSH_AUTH_SOCK');
  const kept = readFileSync(join(world.labFolder, 'cluster/host-keys.json'), 'utf8');
  expect(kept).not.toMatch(/PRIVATE|home/);
});
