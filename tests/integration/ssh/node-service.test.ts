import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { freePort } from '../../rig/free-port.ts';
import { ownUser } from '../../rig/sshd.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { SshWorld, still, trust } from './ssh-world.ts';

let world: SshWorld;
beforeEach((context) => {
  requireTools(context, 'sshd', 'ssh-keygen');
  world = new SshWorld();
});
afterEach(() => world?.remove());

it('every node is in the answer: those that answer with who they are, the others with the reason', async () => {
  const [good, unknown, refusing] = await Promise.all([world.sshd(), world.sshd(), world.sshd()]);
  const publicKey = world.key();
  good.authorize(publicKey);
  unknown.authorize(publicKey);
  world.nodes({
    good: good.port,
    unknown: unknown.port,
    refusing: refusing.port,
    off: await freePort(),
    hanging: await world.strangeServer(() => undefined),
    nowhere: { rack: 4 },
  });
  // So long that the others get through their logins on a busy machine, too.
  const open = await world.open({ connectMilliseconds: 10_000 });
  for (const [host, server] of Object.entries({ good, refusing, off: good, hanging: good }))
    await open.nodes.trust(
      {
        host,
        proof: { knownHosts: `${host},[${host}]:* ${server.hostKey}` },
        replace: false,
      },
      still,
    );
  const checks = await open.nodes.check(undefined, still);
  const states = Object.fromEntries(checks.map(({ name, problem, facts }) => [name, problem?.code ?? facts]));
  expect(states).toEqual({
    good: {
      user: ownUser,
      hostname: hostname(),
      system: expect.stringMatching(/\w/),
      kernel: expect.stringMatching(/^Linux /),
      uptime: expect.any(Number),
    },
    unknown: 'HOST_KEY_UNKNOWN',
    refusing: 'SSH_LOGIN_REFUSED',
    off: 'SSH_UNREACHABLE',
    hanging: 'SSH_TIMED_OUT',
    nowhere: 'SSH_ADDRESS_MISSING',
  });
  const [first] = checks;
  expect(first).toMatchObject({ hostKey: { fingerprint: good.fingerprint }, address: '127.0.0.1' });
  expect(await problemOf(open.nodes.check(['good', 'nobody'], still))).toMatchObject({
    code: 'NODE_UNKNOWN',
  });
  expect((await open.nodes.check(['off', 'good'], still)).map(({ name }) => name)).toEqual(['good', 'off']);
});

it('what a hostile node says of itself is one harmless line each', async () => {
  const programs = join(world.folder, 'hostile');
  mkdirSync(programs);
  const says = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  says('uname', String.raw`printf 'evil\033]0;owned\007\nsecond line\342\200\256'`);
  says(
    'cat',
    String.raw`printf 'PRETTY_NAME="\033[2J\033[31mDebian\342\200\256\303"\nID=x\n'; yes A | head -c 100000`,
  );
  says('id', 'yes root | head -c 1000000');
  const server = await world.sshd({
    settings: [`ForceCommand PATH=${programs}:$PATH; export PATH; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`],
  });
  server.authorize(world.key());
  const open = await world.trusting({ baobab: server });
  const [check] = await open.nodes.check(undefined, still);
  expect(check?.facts?.hostname).toMatch(/^evil \]0;owned second line$/);
  expect(check?.facts?.system).toMatch(/^\[2J \[31mDebian/);
  for (const text of [
    check?.facts?.user,
    check?.facts?.hostname,
    check?.facts?.system,
    check?.facts?.kernel,
  ]) {
    expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text?.length).toBeLessThanOrEqual(120);
  }
  expect(check?.facts?.uptime).toBeUndefined();
});

it('a check of named nodes leaves none of them out, and refuses what is none', async () => {
  world.nodes({
    baobab: { hosts: { management: '127.0.0.1' }, ssh: { jump: 'root@gate' } },
    ebony: {},
  });
  const { nodes } = await world.open();
  expect(await nodes.check(['ebony'], still)).toMatchObject([
    { name: 'ebony', problem: { code: 'SSH_ADDRESS_MISSING' } },
  ]);
  // A host on the way to a node has a key that can be trusted, and is still no node.
  for (const name of ['gate', 'tapia'])
    expect(await problemOf(nodes.check([name], still))).toMatchObject({ code: 'NODE_UNKNOWN' });
});

it('a check that nobody waits for any more ends as a whole', async () => {
  const cancel = new AbortController();
  const met = Promise.withResolvers<void>();
  world.key();
  world.nodes({ baobab: await world.strangeServer(() => met.resolve()), ebony: await freePort() });
  const open = await world.open();
  const running = problemOf(open.nodes.check(undefined, cancel.signal));
  await met.promise;
  cancel.abort();
  expect(await running).toMatchObject({ code: 'CANCELLED' });
});

it('a node in two clusters is not guessed', async () => {
  const node = { hosts: { management: '127.0.0.1' } };
  writeFileSync(
    join(world.labFolder, 'cluster', 'madagascar.json'),
    JSON.stringify({ clusters: { one: { nodes: { baobab: node } }, two: { nodes: { baobab: node } } } }),
  );
  expect(await problemOf((await world.open()).nodes.list())).toMatchObject({ code: 'LAB_FILE_INVALID' });
});

it('the list names the way, the user and the keys, without asking anyone', async () => {
  const server = await world.sshd();
  world.nodes({ baobab: server.port, tapia: { wan: { address: '192.0.2.73/24' } } });
  const open = await world.open();
  await trust(open, 'baobab', server);
  await server.stop();
  world.config = 'Match host tapia\n  User nobody\nHost tapia\n  User root\n  CertificateFile x\n';
  expect(await open.nodes.list()).toMatchObject([
    { name: 'baobab', port: server.port, user: ownUser, trusted: [{ fingerprint: server.fingerprint }] },
    {
      name: 'tapia',
      address: '192.0.2.73',
      port: 22,
      user: 'root',
      trusted: [],
      remarks: [
        expect.stringContaining('Match host tapia'),
        expect.stringContaining('certificates are not used'),
      ],
    },
  ]);
});
