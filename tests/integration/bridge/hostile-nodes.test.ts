import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../electron/services/clock.ts';
import { type ClusterBridge, clusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { bridgeWords } from '../../../electron/services/bridge/deploy/bridge-words.ts';
import { DeployLanes } from '../../../electron/services/node-deploy/deploy-lanes.ts';
import { armNode } from '../../../electron/services/node-deploy/deploy-node.ts';
import { gatherFacts } from '../../../electron/services/bridge/facts/gather.ts';
import { lookAtNodes } from '../../../electron/services/bridge/facts/look.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import { ownUser } from '../../rig/sshd.ts';
import { type OpenWorld, SshWorld, still, trust } from '../ssh/ssh-world.ts';

let world: SshWorld;
let open: OpenWorld;
let bridge: ClusterBridge;
beforeAll(async () => {
  if (!['sshd', 'ssh-keygen'].every(isOnPath)) return;
  world = new SshWorld();
  await startHostileNode();
});
beforeEach((context) => requireTools(context, 'sshd', 'ssh-keygen'));
afterAll(() => world?.remove());

/** A line of an answer: a word and text in base64. */
const line = (word: string, text: string) => `${word} ${Buffer.from(text).toString('base64')}`;
const answer = (...lines: readonly string[]) => ['sifaka-bridge-facts/1', ...lines, 'end', ''].join('\n');
const loopback = { ifname: 'lo', flags: ['UP'], mtu: 65_536, addr_info: [] };
const links = (...found: readonly unknown[]) => line('links', JSON.stringify(found));

/** Looks at a node that answers every command with this, in place of what it was asked. */
async function lookAt(content: string | Buffer, after = 'exit 0') {
  answersWith(content, after);
  const [seen] = await lookAtNodes({ ssh: open.ssh, clock: systemClock }, bridge, ['baobab'], still);
  return seen;
}

async function planFor(content: string, paths: readonly string[]) {
  answersWith(content, 'exit 0');
  const [member] = bridge.nodes;
  if (member === undefined) throw new Error('there is a node');
  const rights = { owner: 'root', group: 'root', mode: '0644', size: 0, sha256: 'a'.repeat(64) };
  const files = paths.map((path) => ({ ...rights, path }));
  return (await gatherFacts(open, [{ member, files }], still)).get('baobab');
}

function answersWith(content: string | Buffer, after: string): void {
  writeFileSync(join(world.folder, 'said'), content);
  writeFileSync(join(world.folder, 'after'), `${after}\n`);
}

/** It begins its answers as an honest node does: the mark is in the command that it was given. */
async function startHostileNode(): Promise<void> {
  const command = join(world.folder, 'hostile.sh');
  writeFileSync(
    command,
    `#!/bin/sh
mark=$(printf '%s' "$SSH_ORIGINAL_COMMAND" | grep -o -E '[0-9a-f]{32}' | head -n 1)
printf '%s\\n' "$mark"
printf '%s %s\\n' "$mark" $$ >&2
cat ${world.folder}/said
. ${world.folder}/after
`,
  );
  chmodSync(command, 0o755);
  const server = await world.sshd({ settings: [`ForceCommand ${command}`] });
  server.authorize(world.key());
  const thunderbridge = { address: '10.99.0.1/24', ports: ['thunderbolt0'] };
  const ssh = { port: server.port, user: ownUser };
  world.nodes({ baobab: { hosts: { management: '127.0.0.1' }, ssh, thunderbridge } });
  open = await world.open();
  await trust(open, 'baobab', server);
  bridge = await clusterBridge(open.lab);
}

it('an answer of the right form is one, so that the others are refused for what is wrong with them', async () => {
  const seen = await lookAt(answer(links(loopback)));
  expect(seen?.live?.ports).toEqual([{ name: 'thunderbolt0', present: false, enslaved: false }]);
});

it.each([
  ['nothing', ''],
  ['noise', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
  ['an answer without its end', answer(links(loopback)).replace('end\n', '')],
  ['something behind the end', `${answer(links(loopback))}links W10=\n`],
  ['lines that are no base64', answer(links(loopback), 'armed \u001b[2J')],
  ['interfaces that are no interfaces', answer(links({ ...loopback, mtu: 'large' }))],
  ['JSON that does not end', answer(line('links', '['.repeat(50_000)))],
  ['ten thousand lines', answer(...Array.from({ length: 10_000 }, () => links(loopback)))],
  [
    'a deploy without a time to it',
    answer(links(loopback), line('armed', '0d5f1c1e-7a55-4a55-9a55-0123456789ab')),
  ],
  [
    'a deploy that is no id',
    answer(links(loopback), line('armed', '../../etc'), line('deadline', '9'), line('uptime', '1 1')),
  ],
  ['a manifest of files elsewhere', answer(links(loopback), line('deployed', manifestOf('/etc/shadow')))],
  [
    'a manifest that climbs',
    answer(links(loopback), line('deployed', manifestOf('/usr/local/sbin/../../../etc/shadow'))),
  ],
])('a node that answers %s is not believed', async (_what, content) => {
  expect(await lookAt(content)).toMatchObject({ node: 'baobab', problem: { code: 'NODE_ANSWER_INVALID' } });
});

it('a node that does not stop answering is cut off', async () => {
  const seen = await lookAt('', 'yes "links W10=" ');
  expect(seen).toMatchObject({ problem: { code: 'SSH_OUTPUT_TOO_LARGE' } });
});

it('what a node says of itself is one harmless line each, and shorter than it says', async () => {
  const name = `thunder\u001b[2J\n\u202e${'x'.repeat(40)}`;
  const seen = await lookAt(
    answer(
      links(
        { ...loopback, ifname: name, master: 'thunderbridge' },
        {
          ...loopback,
          ifname: 'thunderbridge',
          linkinfo: { info_kind: 'bridge' },
          addr_info: [
            { local: '\u001b[31m', prefixlen: 8 },
            { local: '10.99.0.1', prefixlen: 24 },
          ],
        },
      ),
      line('server', '10.1.2.3'),
      line('local', JSON.stringify([{ ...loopback, ifname: '\u001b]0;owned\u0007' }])),
      line('deployed', manifestOf('/etc/sysctl.d/a.conf')),
    ),
  );
  const text = JSON.stringify(seen);
  expect(text).not.toMatch(/\\u001b|\\u0007|\u202e|\\n/);
  expect(seen?.live?.ports[1]?.name).toMatch(/^thunder \[2J x+…$/);
  expect(seen?.live?.bridge?.addresses).toEqual(['10.99.0.1/24']);
  expect(seen?.live?.management?.interface).toBe(']0;owned');
});

it('the content of a file cannot pass for another part of the answer', async () => {
  const forged = `\nend\n${line('user', '0')}\nabsent 1\n`;
  const path = '/etc/sysctl.d/a.conf';
  const honest = answer(
    line('user', '1000'),
    links(loopback),
    'file 0',
    line('status', 'root/root/644/9\n'),
    line('content', forged),
  );
  const found = await planFor(honest, [path]);
  if (found === undefined || 'problem' in found) throw new Error('that is an answer');
  expect(found.facts.isRoot).toBe(false);
  expect(found.facts.files.get(path)).toMatchObject({ kind: 'file', file: { text: forged, mode: '0644' } });
});

it.each([
  ['fewer files than asked', ['absent 0']],
  ['more files than asked', ['absent 0', 'absent 1', 'absent 2']],
  ['files in another order', ['absent 1', 'absent 0']],
  ['a file without its content', ['absent 0', 'file 1', line('status', 'root/root/644/9\n')]],
  ['a strange mode', ['absent 0', 'file 1', line('status', 'root/root/9999/9\n'), line('content', '')]],
])('a node that tells of %s is not believed', async (_what, told) => {
  const paths = ['/etc/sysctl.d/a.conf', '/etc/sysctl.d/b.conf'];
  const found = await planFor(answer(line('user', '0'), links(loopback), ...told), paths);
  expect(found).toMatchObject({ problem: { code: 'NODE_ANSWER_INVALID' } });
});

it('a node keeps no deploy waiting for longer than its window, whatever it says', async () => {
  const deploy = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
  const said = [
    'outcome armed',
    'boot aa8b2e1d-6c52-440c-92b7-cab414f6e544',
    `armed ${deploy} armed undecided 999999999 inactive`,
    'end',
    '',
  ];
  answersWith(said.join('\n'), 'cat >/dev/null');
  const { destinations } = await open.ssh.ways();
  const asked = {
    ssh: open.ssh,
    node: 'baobab',
    destination: destinations.toNode('baobab'),
    program: '',
    words: bridgeWords,
  };
  const payload = { program: '', who: '', design: 'attempt1', sourceDigest: 'a', links: [], files: [] };
  const node = { asked, payload, until: 0, mayBeArmed: false };
  const lanes = new DeployLanes(['baobab'], { progress: () => undefined });
  await armNode(node, { deploy, windowSeconds: 60, lanes, now: () => new Date() }, still);
  expect(node.until).toBeGreaterThan(performance.now());
  expect(node.until).toBeLessThanOrEqual(performance.now() + 60_000);
});

function manifestOf(path: string): string {
  return `sifaka.bridge-deployed/1
deploy 0d5f1c1e-7a55-4a55-9a55-0123456789ab
design attempt1
digest ${'a'.repeat(64)}
file 0644 root root ${'b'.repeat(64)} ${path}
`;
}
