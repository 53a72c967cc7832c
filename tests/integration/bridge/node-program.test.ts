import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endOf } from '../../../electron/services/node-deploy/node-answer.ts';
import { nodeCommand } from '../../../electron/services/node-deploy/node-program.ts';
import { payloadText } from '../../../electron/services/node-deploy/node-payload.ts';
import type { ClusterNode } from '../../rig/cluster/node.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import {
  arm,
  ask,
  changeOf,
  create,
  prepare,
  program,
  replace,
  replaceCommands,
  replacedFolder,
  stateOf,
  text,
} from './armed-node.ts';

const isRoot = process.getuid?.() === 0;
const address = '10.99.0.1/24';
let cluster: Cluster;
let node: ClusterNode;
let before: string;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  // In the middle, so that it has both ports.
  cluster = await startCluster({ nodes: ['ebony', 'baobab', 'tapia'] });
  node = cluster.node('baobab');
  await prepare(node);
});
afterAll(() => cluster?.stop());

beforeEach(async (context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
  before = await stateOf(node);
  await node.ok('sh', '-c', 'rm -rf /var/lib/sifaka');
});

/** Armed and applied; answers its id. */
async function applied(options: { windowSeconds?: number } = {}): Promise<string> {
  const id = randomUUID();
  expect((await arm(node, id, changeOf(address), options)).outcome).toEqual(['armed']);
  await ask(node, ['apply', id]);
  const answer = await ask(node, ['status', id, 'applied', '60']);
  expect(answer, answer.log.join('\n')).toMatchObject({ armed: { phase: 'applied', decision: 'undecided' } });
  expect(await stateOf(node)).not.toBe(before);
  return id;
}

async function settled(id: string) {
  return ask(node, ['status', id, 'settled', '60']);
}

/** The node is what it was, and nothing waits for anything any more. */
async function expectOld() {
  expect(differences(before, await stateOf(node))).toEqual([]);
  // systemd forgets an ended unit a moment later.
  const units = [
    'list-units',
    '--all',
    '--plain',
    '--no-legend',
    'sifaka-bridge-settle*',
    'sifaka-bridge-apply*',
  ];
  await expect.poll(() => node.ok('systemctl', ...units)).toBe('');
  expect(await node.ok('systemctl', 'list-units', '--plain', '--no-legend', '--failed', 'sifaka*')).toBe('');
}

/** Lines of only one of two texts. */
function differences(one: string, other: string): string[] {
  const [a, b] = [one.split('\n'), other.split('\n')];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `- ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`),
  ];
}

describe('what a deploy did to a node is taken back to the last byte', () => {
  it('when it is told to', async () => {
    const id = await applied();
    expect((await ask(node, ['restore', id])).armed).toMatchObject({ decision: 'restoring-asked' });
    expect(await settled(id)).toMatchObject({
      takenBack: { deploy: id, why: 'restoring-asked', linksDiffer: false },
    });
    await expectOld();
  });

  it('when nothing was changed yet', async () => {
    const id = randomUUID();
    await arm(node, id, changeOf(address));
    await ask(node, ['restore', id]);
    await settled(id);
    await expectOld();
  });

  it('by itself, when nobody confirms it in time, and what confirms it then is late', async () => {
    // So long that it is in place on a busy machine, too.
    const id = await applied({ windowSeconds: 30 });
    expect(await settled(id)).toMatchObject({ takenBack: { deploy: id, why: 'restoring-timeout' } });
    await expectOld();
    const late = await ask(node, ['confirm', id]);
    expect(late).toMatchObject({ takenBack: { deploy: id, why: 'restoring-timeout' } });
    expect(late.armed).toBeUndefined();
    await expectOld();
  });

  it('at once, when the network does not take it', async () => {
    const id = randomUUID();
    const broken = [
      replace(
        stanza,
        text('# before\n'),
        text(
          'auto thunderbridge\niface thunderbridge inet static\n\taddress 10.99.0.1/24\n\tbridge-ports none-such\n',
        ),
      ),
    ];
    await arm(node, id, broken);
    await ask(node, ['apply', id]);
    const answer = await settled(id);
    expect(answer).toMatchObject({ takenBack: { deploy: id, why: 'restoring-failed' } });
    expect(answer.log.join('\n')).toContain('none-such');
    await expectOld();
  });

  it('before the network comes up, when it reboots', async () => {
    const id = await applied();
    await node.reboot({ hard: true });
    expect(await settled(id)).toMatchObject({ takenBack: { deploy: id, why: 'restoring-boot' } });
    await expectOld();
    const journal = await node.ok('journalctl', '-b', '-o', 'cat', '--no-pager');
    const back = journal.search(/^(?:Finished|Started) sifaka-bridge-boot\.service/m);
    expect(back).toBeGreaterThan(0);
    for (const later of ['Starting systemd-udevd.service', 'Starting networking.service'])
      expect(journal.indexOf(later), later).toBeGreaterThan(back);
  });

  it('and a service that the node has without it goes on', async () => {
    const id = randomUUID();
    const unit = text('[Service]\nType=notify\nExecStart=/usr/sbin/sshd -D\n');
    await arm(node, id, [create('/etc/systemd/system/ssh.service', unit)]);
    await ask(node, ['apply', id]);
    await ask(node, ['status', id, 'applied', '60']);
    await ask(node, ['restore', id]);
    expect(await settled(id)).toMatchObject({ takenBack: { deploy: id } });
    expect(await node.ok('systemctl', 'is-active', 'ssh.service')).toBe('active\n');
    await expectOld();
  });

  it('from under folders that somebody made in the place of its files, which are kept beside', async () => {
    const id = await applied();
    const created = '/etc/udev/rules.d/90-thunderbolt.rules';
    for (const path of [stanza, created])
      await node.ok('sh', '-c', 'rm "$1" && mkdir "$1" && echo mine >"$1/mine"', 'sh', path);
    await ask(node, ['restore', id]);
    const answer = await settled(id);
    expect(answer).toMatchObject({ takenBack: { deploy: id } });
    for (const path of [stanza, created]) {
      const aside = path.replace(/[^/]+$/, `.$&.sifaka-aside-${id}`);
      expect(answer.log.join('\n')).toContain(aside);
      expect(node.readFile(`${aside}/mine`)).toBe('mine\n');
      await node.ok('rm', '-r', aside);
    }
    await expectOld();
  });

  it('as soon as somebody asks, when it rebooted and the boot did not do it', async () => {
    const id = await applied();
    await node.ok('rm', '/etc/systemd/system/sysinit.target.wants/sifaka-bridge-boot.service');
    await node.reboot();
    const answer = await ask(node, ['status', id, 'settled', '60']);
    expect(answer).toMatchObject({ takenBack: { deploy: id, linksDiffer: false } });
    await expectOld();
  });

  it('or it is said that it is not: where somebody removed what was kept of a file', async () => {
    const id = await applied();
    await node.ok('rm', stanza.replace(/[^/]+$/, '.$&.sifaka-old'));
    await ask(node, ['restore', id]);
    const answer = await settled(id);
    expect(answer).toMatchObject({ takenBack: { deploy: id, filesDiffer: true } });
    expect(answer.log.join('\n')).toContain(`${stanza} is not what it was`);
    expect(endOf(answer, id)).toBeUndefined();
    await undoConfirmed();
  });

  it('on a disk without a free byte', async () => {
    const id = await applied();
    await node.fillDisk();
    try {
      await ask(node, ['restore', id]);
      expect(await settled(id)).toMatchObject({ takenBack: { deploy: id } });
      await expectOld();
      const refused = await node.exec(nodeCommand(program, ['arm', randomUUID(), '60']).argv, {
        input: payloadText({
          program,
          who: 'me',
          design: 'attempt1',
          sourceDigest: '0',
          links: [],
          files: changeOf(address),
        }),
      });
      expect(refused.stdout).toMatch(/^outcome (?:not-received|failed)\n/);
      expect(node.exists('/var/lib/sifaka/bridge/armed')).toBe(false);
    } finally {
      await node.freeDisk();
    }
    await expectOld();
  });
});

describe('a deploy that is confirmed', () => {
  it('stays, over a reboot too, and leaves nothing beside its files', async () => {
    const id = await applied();
    expect(await ask(node, ['confirm', id])).toMatchObject({ deployed: id });
    const confirmed = await stateOf(node);
    expect(confirmed).not.toContain('sifaka-');
    expect(confirmed).toContain('thunderbridge inet 10.99.0.1/24');
    // Twice is once, and what comes too late to take it back does not.
    expect(await ask(node, ['confirm', id])).toMatchObject({ deployed: id });
    expect(await ask(node, ['restore', id])).toMatchObject({ deployed: id });
    await node.reboot();
    expect(await stateOf(node)).toBe(confirmed);
    expect(node.readFile('/var/lib/sifaka/bridge/deployed')).toContain(`deploy ${id}\n`);

    // And the one after it goes back to it.
    before = confirmed;
    const next = randomUUID();
    const files = [replace('/etc/udev/rules.d/90-thunderbolt.rules', text('# ports\n'), text('# other\n'))];
    await arm(node, next, files);
    await ask(node, ['apply', next]);
    await ask(node, ['status', next, 'applied', '60']);
    await ask(node, ['restore', next]);
    expect(await settled(next)).toMatchObject({ deployed: id, takenBack: { deploy: next } });
    await expectOld();

    await undoConfirmed();
  });
});

it('keeps nothing of what the kernel shows for a while after a port came', async () => {
  const ports = cluster.nodes.filter(({ name }) => name !== node.name);
  const first = await applied();
  await ask(node, ['confirm', first]);
  const bridge = '/sys/class/net/thunderbridge/bridge';
  // So that it is over sooner.
  await node.ok('ip', 'link', 'set', 'thunderbridge', 'type', 'bridge', 'max_age', '600');
  // A neighbour's port comes up: the spanning tree changes, and learned addresses are forgotten sooner.
  for (const { name } of ports)
    for (const port of ['thunderbolt0', 'thunderbolt1'])
      await cluster.node(name).ok('ip', 'link', 'set', port, 'up');
  await expect.poll(() => node.ok('cat', `${bridge}/ageing_time`)).toBe('400\n');
  const next = randomUUID();
  await arm(node, next, [create('/etc/sysctl.d/70-next.conf', text('# next\n'))]);
  await ask(node, ['apply', next]);
  await ask(node, ['status', next, 'applied', '60']);
  await ask(node, ['restore', next]);
  expect(await settled(next)).toMatchObject({ takenBack: { deploy: next, linksDiffer: false } });
  await expect.poll(() => node.ok('cat', `${bridge}/topology_change`), { timeout: 60_000 }).toBe('0\n');
  expect(await node.ok('cat', `${bridge}/ageing_time`)).toBe('30000\n');
  for (const { name } of ports)
    for (const port of ['thunderbolt0', 'thunderbolt1'])
      await cluster.node(name).ok('ip', 'link', 'set', port, 'down');
  await undoConfirmed();
});

it('takes nothing of the root of its spanning tree for its own', async () => {
  const first = await applied();
  await ask(node, ['confirm', first]);
  // Another bridge on the same node, by a cable from the one to the other, that is the root and slower.
  await node.ok('ip', 'link', 'add', 'rig-root', 'type', 'bridge', 'stp_state', '1', 'priority', '0');
  await node.ok('ip', 'link', 'set', 'rig-root', 'type', 'bridge', 'forward_delay', '700');
  await node.ok('ip', 'link', 'add', 'rig-one', 'type', 'veth', 'peer', 'name', 'rig-two');
  await node.ok('ip', 'link', 'set', 'rig-one', 'master', 'rig-root');
  await node.ok('ip', 'link', 'set', 'rig-two', 'master', 'thunderbridge');
  for (const link of ['rig-root', 'rig-one', 'rig-two']) await node.ok('ip', 'link', 'set', link, 'up');
  const delay = () => node.ok('cat', '/sys/class/net/thunderbridge/bridge/forward_delay');
  await expect.poll(delay, { timeout: 20_000 }).toBe('700\n');
  const next = randomUUID();
  await arm(node, next, [create('/etc/sysctl.d/70-next.conf', text('# next\n'))]);
  expect(await node.ok('cat', '/var/lib/sifaka/bridge/armed/live')).not.toContain('forward_delay');
  await ask(node, ['restore', next]);
  expect(await settled(next)).toMatchObject({ takenBack: { deploy: next, linksDiffer: false } });
  await node.ok('ip', 'link', 'delete', 'rig-root');
  await node.ok('ip', 'link', 'delete', 'rig-one');
  // Alone again it shows its own.
  await expect.poll(delay, { timeout: 60_000 }).toBe('200\n');
  await undoConfirmed();
});
it.each(['restore', 'confirm'] as const)(
  'what is left to do after a %s that was killed right after its last rename is done by the node itself',
  { timeout: 240_000 },
  async (request) => {
    const place = request === 'restore' ? 'last-rollback' : 'ended';
    const id = await applied({ windowSeconds: 60 });
    const killAll = `systemctl kill --kill-whom=all --signal=KILL sifaka-bridge-settle-${id}.service; pkill -KILL -f 'confirm ${id}'`;
    const putBack = await replaceCommands(
      node,
      'mv',
      (name) => `#!/bin/sh
${replacedFolder}/${name} "$@" || exit
case $* in
*armed*/${place}) [ -e /run/killed ] || { : >/run/killed; ${killAll}; } ;;
esac
`,
    );
    try {
      await ask(node, [request, id]).catch(() => undefined);
      await expect.poll(() => node.exec(['test', '-e', '/run/killed'])).toMatchObject({ code: 0 });
      const left = async () =>
        `${await node.ok('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'sifaka-bridge-settle*')}${await node.ok('find', '/etc/systemd/system', '-name', 'sifaka*')}`;
      await expect.poll(left, { timeout: 120_000 }).toBe('');
    } finally {
      await putBack();
      await node.ok('rm', '-f', '/run/killed');
    }
    if (request === 'restore') await expectOld();
    else await undoConfirmed();
  },
);

describe('a node is not armed', () => {
  const refusals = [
    ['a path outside the roots', [create('/etc/passwd.d/x', text(''))]],
    ['a path that climbs', [create('/etc/sysctl.d/../passwd', text(''))]],
    ['a hidden name', [create('/etc/sysctl.d/.x', text(''))]],
  ] as const;

  it.each(refusals)('with %s', async (_, files) => {
    expect((await arm(node, randomUUID(), files)).outcome).toEqual(['refused', '1']);
    await expectOld();
  });

  it('through a link on the way, or onto one', async () => {
    await node.ok('sh', '-c', 'ln -s /root /etc/sysctl.d/way; ln -s /etc/passwd /etc/sysctl.d/end');
    try {
      for (const path of ['/etc/sysctl.d/way/x.conf', '/etc/sysctl.d/end'])
        expect((await arm(node, randomUUID(), [create(path, text(''))])).outcome, path).toEqual([
          'refused',
          '1',
        ]);
    } finally {
      await node.ok('rm', '/etc/sysctl.d/way', '/etc/sysctl.d/end');
    }
  });

  it('where its own state would lie behind a link', async () => {
    await node.ok('sh', '-c', 'mkdir /root/elsewhere && ln -s /root/elsewhere /var/lib/sifaka');
    try {
      const answer = await arm(node, randomUUID(), changeOf(address));
      expect(answer.outcome).toEqual(['failed']);
      expect(answer.said).toContain('/var/lib/sifaka is a link');
      expect(await node.ok('ls', '-A', '/root/elsewhere')).toBe('');
    } finally {
      await node.ok('rm', '-r', '/var/lib/sifaka', '/root/elsewhere');
    }
    await expectOld();
  });

  it('while something lies there that is no deploy, which is said', async () => {
    for (const make of ['mkdir "$1" && : >"$1/phase-armed"', ': >"$1"', 'ln -s /none "$1"']) {
      const place = '/var/lib/sifaka/bridge/armed';
      await node.ok('sh', '-c', `mkdir -p "\${1%/*}" && ${make}`, 'sh', place);
      const answer = await arm(node, randomUUID(), changeOf(address));
      expect(answer.outcome, make).toEqual(['failed']);
      expect(answer.said, make).toContain(`${place} is there and is no deploy`);
      await node.ok('rm', '-r', place);
    }
    await expectOld();
  });

  it.each(['TERM', 'KILL'])(
    'when what arms it is ended by SIG%s, and nothing is left of it',
    async (signal) => {
      const { argv } = nodeCommand(program, ['arm', randomUUID(), '60']);
      const cut = `mkfifo /run/never; "$@" <>/run/never & arming=$!
      until [ -e /var/lib/sifaka/bridge/arming-*/links ]; do sleep 0.1; done
      kill -s ${signal} $arming; wait $arming; rm /run/never`;
      await node.exec(['sh', '-c', cut, 'sh', ...argv]);
      await ask(node, ['restore', randomUUID()]);
      expect(await node.ok('ls', '-A', '/var/lib/sifaka/bridge')).toBe('');
      await expectOld();
    },
  );

  it('when a file is not what was planned with', async () => {
    const files = [replace(stanza, text('# other\n'), text('# new\n'))];
    expect((await arm(node, randomUUID(), files)).outcome).toEqual(['differs', '1']);
    expect((await arm(node, randomUUID(), [create(stanza, text(''))])).outcome).toEqual(['differs', '1']);
    await expectOld();
  });

  it('when what it is to receive ends in the middle', async () => {
    const { argv } = nodeCommand(program, ['arm', randomUUID(), '60']);
    const whole = payloadText({
      program,
      who: 'me',
      design: 'attempt1',
      sourceDigest: '0',
      links: [],
      files: changeOf(address),
    });
    for (const input of ['', whole.slice(0, 2000), whole.slice(0, -2)]) {
      expect((await node.exec(argv, { input })).stdout).toMatch(/^outcome not-received\n/);
    }
    await expectOld();
  });

  it('when it is ended right before it is: no timer is left that would run for nothing', async () => {
    const putBack = await replaceCommands(
      node,
      'mv',
      (name) => `#!/bin/sh
case $* in *arming-*armed) kill -s TERM $PPID; exit 1 ;; esac
exec ${replacedFolder}/${name} "$@"
`,
    );
    try {
      const argv = nodeCommand(program, ['arm', randomUUID(), '600']).argv;
      await node.exec(argv, { input: payloadFor(changeOf(address)) });
      const timers = ['list-units', '--plain', '--no-legend', 'sifaka-bridge-*'];
      expect(await node.ok('systemctl', ...timers)).toBe('');
    } finally {
      await putBack();
    }
    await expectOld();
  });

  it('by two operators at once, and the second hears of the first', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const answers = await Promise.all([
      arm(node, one, changeOf(address), { who: 'maurice@desk' }),
      arm(node, two, changeOf(address), { who: 'maurice@desk' }),
    ]);
    expect(answers.map(({ outcome }) => outcome[0]).toSorted()).toEqual(['armed', 'taken']);
    const id = answers[0]?.outcome[0] === 'armed' ? one : two;
    expect(await arm(node, randomUUID(), changeOf(address))).toMatchObject({
      outcome: ['taken'],
      armed: { deploy: id, who: 'maurice@desk' },
    });
    // Nobody else ends it.
    await ask(node, ['restore', id === one ? two : one]);
    expect(await ask(node, ['status', id, 'applied', '0'])).toMatchObject({
      armed: { decision: 'undecided' },
    });
    await ask(node, ['restore', id]);
    await settled(id);
    await expectOld();
  });
});

describe('killed before any of its commands and begun again', () => {
  const commands = 'chmod chown cp ifreload ip ln mkdir mv rm rmdir sync systemctl udevadm';
  /** Of every so many places one is tried; all of them are some hundred. */
  const stride = 10;

  beforeEach(async () => {
    const restore = await replaceCommands(
      node,
      commands,
      (name) =>
        `#!/bin/sh
if [ -f /run/victim ]; then
	read -r n </run/count; n=$((n + 1)); echo $n >/run/count
	if [ $n -eq $(cat /run/at) ]; then kill -s KILL $(cat /run/victim); exit 1; fi
fi
exec ${replacedFolder}/${name} "$@"
`,
    );
    before = await stateOf(node);
    return restore;
  });

  it.each(['settle', 'apply-now'] as const)('%s ends with the old', async (step) => {
    for (let at = 1; ; at += stride) {
      const id = step === 'settle' ? await applied() : randomUUID();
      if (step === 'apply-now') await arm(node, id, changeOf(address));
      const isKilled = await killed(at, step, id, ...(step === 'settle' ? ['asked'] : []));
      await ask(node, ['restore', id]);
      const end = await settled(id);
      expect(end, `at ${at}`).toMatchObject({ takenBack: { deploy: id, linksDiffer: false } });
      expect(end.armed).toBeUndefined();
      expect(differences(before, await stateOf(node)), `at ${at}`).toEqual([]);
      if (!isKilled) break;
    }
    await expectOld();
  });

  it('arm leaves a node that is not armed, or goes back by itself', async () => {
    for (let at = 1; ; at += 5) {
      const id = randomUUID();
      const payload = payloadFor(changeOf(address));
      const argv = nodeCommand(program, ['arm', id, '3']).argv;
      const victim = `echo 0 >/run/count; echo ${at} >/run/at; echo $$ >/run/victim; exec "$@"`;
      await node.exec(['sh', '-c', victim, 'sh', ...argv], { input: payload });
      const isKilled = Number(await node.ok('sh', '-c', 'rm /run/victim; cat /run/count')) >= at;
      // Nobody but the node itself does anything about it.
      const isArmed = () => Promise.resolve(node.exists('/var/lib/sifaka/bridge/armed'));
      await expect.poll(isArmed, { timeout: 20_000 }).toBe(false);
      await settled(id);
      expect(
        differences(before, await stateOf(node)).filter((line) => !line.includes('arming-')),
        `at ${at}`,
      ).toEqual([]);
      if (!isKilled) break;
    }
  });

  it('confirm ends with the old or with the new', async () => {
    const whole = await applied();
    await ask(node, ['confirm', whole]);
    const confirmed = anyInode(await stateOf(node));
    const seen = new Set<string>();
    for (let at = 1; ; at += 5) {
      await undoConfirmed();
      const id = await applied();
      const isKilled = await killed(at, 'confirm', id);
      await ask(node, ['restore', id]);
      const end = await settled(id);
      expect(end.armed, `at ${at}`).toBeUndefined();
      const isNew = end.deployed === id;
      seen.add(isNew ? 'new' : 'old');
      const now = await stateOf(node);
      if (isNew) expect(differences(confirmed, anyInode(now)), `at ${at}`).toEqual([]);
      else expect(differences(before, now), `at ${at}`).toEqual([]);
      if (!isKilled) break;
    }
    expect([...seen].toSorted()).toEqual(['new', 'old']);
    await undoConfirmed();
  });
});

/** Runs a request on the node and kills it before its command `at`; false when it had come to its end. */
async function killed(at: number, ...request: readonly string[]): Promise<boolean> {
  const victim = `echo 0 >/run/count; echo ${at} >/run/at; echo $$ >/run/victim; exec /bin/sh /var/lib/sifaka/bridge/armed/program "$@"`;
  await node.exec(['sh', '-c', victim, 'sh', ...request]);
  const count = await node.ok('sh', '-c', 'rm /run/victim; cat /run/count');
  return Number(count) >= at;
}

function payloadFor(files: Parameters<typeof arm>[2]): string {
  const links = ['thunderbridge', 'thunderbolt0', 'thunderbolt1'];
  return payloadText({ program, who: 'me', design: 'attempt1', sourceDigest: '0', links, files });
}

/** Without what is another one each time: inode and time of change. */
function anyInode(state: string): string {
  return state.replaceAll(/^(\S+ [fl]) \d+ (.*) \d+\.\d+( .*)?$/gm, '$1 $2$3');
}

/** As before any deploy, though the files are others. */
async function undoConfirmed() {
  await node.ok('sh', '-c', 'rm -rf /usr/local/lib/bridge-test /etc/udev/rules.d/90-thunderbolt.rules');
  await prepare(node);
  await node.ok('ifreload', '-a');
  for (const port of ['thunderbolt0', 'thunderbolt1']) {
    await node.ok('ip', 'link', 'set', port, 'down', 'mtu', '65520');
  }
  before = await stateOf(node);
}

it('is written in the shell that every node has', (context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
    input: program,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

describe('the programs that a node has', () => {
  it('may be those of busybox, and its shell', async () => {
    const applets =
      'awk base64 basename cat chmod chown cp grep head ln mkdir mv readlink rm rmdir sed sha256sum sleep sort stat sync tail timeout tr';
    const restore = await replaceCommands(
      node,
      applets,
      (name) => `#!/bin/dash\nexec busybox ${name} "$@"\n`,
    );
    await node.ok('busybox', 'ln', '-sf', 'busybox', '/usr/bin/sh');
    before = await stateOf(node);
    try {
      const id = await applied();
      await ask(node, ['restore', id]);
      expect(await settled(id)).toMatchObject({ takenBack: { deploy: id, linksDiffer: false } });
      await expectOld();
    } finally {
      await node.ok('busybox', 'ln', '-sf', 'dash', '/usr/bin/sh');
      await restore();
    }
  });
});

const stanza = '/etc/network/interfaces.d/10-thunderbolt';
