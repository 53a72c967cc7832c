import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../electron/services/clock.ts';
import { clusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { lookAtNodes } from '../../../electron/services/bridge/facts/look.ts';
import { type BridgePlans, createBridgePlans } from '../../../electron/services/bridge/plan/bridge-plans.ts';
import type { BridgeRequest } from '../../../shared/schemas/bridge.ts';
import { type OpenCluster, openCluster } from '../../rig/cluster/open-cluster.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { Desk } from '../cli/run-cli.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { still } from '../ssh/ssh-world.ts';

const interfaces = '/etc/network/interfaces.d/10-thunderbolt';
const script = '/usr/local/sbin/tb-note';
const deploy = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
const request: BridgeRequest = {
  source: { kind: 'design', name: 'attempt1' },
  mode: 'all',
  windowSeconds: 120,
};

let cluster: Cluster;
let open: OpenCluster;
let plans: BridgePlans;
let clusterFile: string;
beforeAll(async () => {
  if (process.getuid?.() !== 0 || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  clusterFile = readFileSync(join(cluster.lab, 'cluster/madagascar.json'), 'utf8');
});
afterAll(() => cluster?.stop());
beforeEach(async (context) => {
  requireTools(context, ...clusterTools);
  if (process.getuid?.() !== 0) unproven(context, 'boots nodes, so needs root');
  writeFileSync(join(cluster.lab, 'cluster/madagascar.json'), clusterFile);
  rmSync(join(cluster.lab, 'deploy'), { recursive: true, force: true });
  cluster.nodes.forEach(({ name }, index) => {
    design(`${name}${interfaces}`, stanza(`10.99.0.${index + 1}/24`, 'on'));
  });
  design(`common${script}`, '#!/bin/sh\nexit 0\n');
  open = await openCluster(cluster);
  plans = createBridgePlans({ ...open, clock: systemClock });
});
afterEach(() => open?.ssh.close());

function design(file: string, text: string): void {
  const path = join(cluster.lab, 'deploy/attempt1', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function stanza(address: string, stp: string): string {
  return `auto thunderbridge
iface thunderbridge inet static
    address ${address}
    mtu 65520
    bridge-ports thunderbolt0 thunderbolt1
    bridge-stp ${stp}
    bridge-fd 2
`;
}

/** As a deploy would, by hand and past SSH. */
async function putOn(name: string): Promise<void> {
  const node = cluster.node(name);
  node.writeFile(
    interfaces,
    readFileSync(join(cluster.lab, 'deploy/attempt1', `${name}${interfaces}`), 'utf8'),
  );
  await node.ok('mkdir', '-p', dirname(script));
  node.writeFile(script, '#!/bin/sh\nexit 0\n', 0o755);
  await node.ok('chmod', '755', script);
  await node.ok('ifreload', '-a');
  // ifupdown2 gives its ports 1500 where nothing else is said.
  for (const port of ['thunderbolt0', 'thunderbolt1'])
    await node.ok('ip', 'link', 'set', port, 'mtu', '65520');
  await node.ok('ip', 'link', 'set', 'thunderbridge', 'mtu', '65519');
  await node.ok('ip', 'link', 'set', 'thunderbridge', 'mtu', '65520');
}

it('a plan names what is missing on nodes that have nothing yet, asks all, and changes nothing', async () => {
  const before = await Promise.all(cluster.nodes.map((node) => node.ok('ip', '-o', 'link')));
  const { plan, digest, observed } = await plans.make(request, still);
  expect(plan.refusals).toEqual([]);
  expect(plan.nodes.map(({ node, risk }) => [node, risk])).toEqual([
    ['baobab', 'reload'],
    ['ebony', 'reload'],
    ['tapia', 'reload'],
  ]);
  const [baobab] = plan.nodes;
  expect(baobab?.files.map(({ path, action, drifted }) => [path, action, drifted])).toEqual([
    [interfaces, 'create', false],
    [script, 'create', false],
  ]);
  expect(baobab?.live.map(({ link, what, from, to }) => `${link} ${what} ${from} ${to}`)).toEqual(
    expect.arrayContaining([
      'thunderbridge exists absent present',
      'thunderbridge mtu - 65520',
      'thunderbridge stp - on',
      'thunderbridge address - 10.99.0.1/24',
      'thunderbolt0 port - thunderbridge',
      'thunderbolt1 port - thunderbridge',
    ]),
  );
  expect(baobab?.expected).toEqual({
    bridge: 'thunderbridge',
    mtu: 65_520,
    address: '10.99.0.1/24',
    stp: true,
    ports: ['thunderbolt0', 'thunderbolt1'],
  });
  expect(plan.warnings.map(({ code }) => code)).toEqual(['stp-settles']);
  expect(observed.map(({ node }) => node)).toEqual(['baobab', 'ebony', 'tapia']);
  expect(await Promise.all(cluster.nodes.map((node) => node.ok('ip', '-o', 'link')))).toEqual(before);
  expect((await plans.make(request, still)).digest).toBe(digest);
  expect((await plans.confirm(digest, still)).plan).toEqual(plan);
});

it('a file that changed on a node after the review is named, and the plan of before is not run', async () => {
  const { digest } = await plans.make(request, still);
  const ebony = cluster.node('ebony');
  ebony.writeFile(interfaces, '# by hand\n');
  const problem = await problemOf(plans.confirm(digest, still));
  expect(problem).toMatchObject({
    code: 'PLAN_CHANGED',
    what: expect.stringContaining(`${interfaces} was changed on ebony`),
  });
  await ebony.ok('rm', interfaces);
  design(`tapia${interfaces}`, stanza('10.99.0.33/24', 'on'));
  const edited = await problemOf(plans.confirm(digest, still));
  expect([edited.what, ...(edited.more ?? [])].join('\n')).toContain(
    `${interfaces} for tapia was edited in the lab`,
  );
});

it('a port of another size, no carrier, an address and STP that differ, and a strange port are seen on a real node', async () => {
  await putOn('baobab');
  const same = await plans.make({ ...request, nodes: ['baobab'] }, still);
  expect(same.plan.nodes[0]).toMatchObject({ risk: 'none', files: [], live: [] });
  const node = cluster.node('baobab');
  await node.ok('ip', 'link', 'set', 'thunderbolt0', 'mtu', '1500');
  await node.ok('ip', 'link', 'set', 'thunderbridge', 'type', 'bridge', 'stp_state', '0');
  await node.ok('ip', 'addr', 'del', '10.99.0.1/24', 'dev', 'thunderbridge');
  await node.ok('ip', 'addr', 'add', '10.99.0.7/24', 'dev', 'thunderbridge');
  await node.ok('ip', 'link', 'add', 'guest0', 'type', 'veth', 'peer', 'name', 'guest1');
  await node.ok('ip', 'link', 'set', 'guest0', 'master', 'thunderbridge');
  const { plan } = await plans.make({ ...request, nodes: ['baobab'] }, still);
  expect(plan.nodes[0]).toMatchObject({
    risk: 'link-flap',
    files: [],
    live: [
      { link: 'thunderbridge', what: 'stp', from: 'off', to: 'on' },
      { link: 'thunderbridge', what: 'address', from: '10.99.0.7/24', to: '10.99.0.1/24' },
      { link: 'thunderbolt0', what: 'mtu', from: '1500', to: '65520' },
    ],
  });
  expect(plan.refusals).toMatchObject([
    {
      code: 'port-mtu-below-bridge',
      node: 'baobab',
      what: expect.stringContaining('guest0 is a port of thunderbridge'),
    },
  ]);
  expect(plan.warnings.map(({ code }) => code)).toContain('nodes-left-out');
  await node.ok('ip', 'link', 'del', 'guest0');
  await node.ok('ip', 'link', 'del', 'thunderbridge');
  await node.ok('rm', interfaces, script);
});

it('what the last deploy left is compared: a change by hand is drift, a file of before that is not wanted any more goes', async () => {
  await putOn('baobab');
  const node = cluster.node('baobab');
  await node.ok('mkdir', '-p', '/var/lib/sifaka/bridge', '/etc/udev/rules.d');
  node.writeFile('/etc/udev/rules.d/90-old.rules', '# of the design before\n');
  const digestOf = async (path: string) => (await node.ok('sha256sum', path)).slice(0, 64);
  const manifest = [
    'sifaka.bridge-deployed/1',
    `deploy ${deploy}`,
    'design attempt0',
    `digest ${'a'.repeat(64)}`,
    `file 0644 root root ${await digestOf(interfaces)} ${interfaces}`,
    `file 0644 root root ${await digestOf('/etc/udev/rules.d/90-old.rules')} /etc/udev/rules.d/90-old.rules`,
    `file 0755 root root ${await digestOf(script)} ${script}`,
  ];
  node.writeFile('/var/lib/sifaka/bridge/deployed', `${manifest.join('\n')}\n`);
  node.writeFile(interfaces, `${node.readFile(interfaces)}    up true # by hand\n`);
  await node.ok('chmod', '700', script);
  const { plan } = await plans.make({ ...request, nodes: ['baobab'] }, still);
  expect(plan.nodes[0]?.files.map(({ path, action, drifted }) => [path, action, drifted])).toEqual([
    [interfaces, 'replace', true],
    ['/etc/udev/rules.d/90-old.rules', 'remove', false],
    [script, 'permissions', true],
  ]);
  expect(plan.warnings).toContainEqual(
    expect.objectContaining({ code: 'drift', node: 'baobab', what: expect.stringContaining(interfaces) }),
  );
  const [seen] = await lookAtNodes(
    { ...open, clock: systemClock },
    await clusterBridge(open.lab),
    ['baobab'],
    still,
  );
  expect(seen?.live?.deployed).toEqual({ deploy, design: 'attempt0', digest: 'a'.repeat(64) });
  await node.ok('ip', 'link', 'del', 'thunderbridge');
  await node.ok('rm', '-r', interfaces, script, '/etc/udev/rules.d/90-old.rules', '/var/lib/sifaka');
});

it('a node that another deploy has armed is refused, and the look counts its seconds', async () => {
  const node = cluster.node('tapia');
  await node.ok('mkdir', '-p', '/var/lib/sifaka/bridge/armed');
  node.writeFile('/var/lib/sifaka/bridge/armed/deploy', `${deploy}\n`);
  const uptime = Number.parseFloat(await node.ok('cat', '/proc/uptime'));
  node.writeFile('/var/lib/sifaka/bridge/armed/deadline', `${Math.ceil(uptime) + 900}\n`);
  const { plan } = await plans.make(request, still);
  expect(plan.refusals).toMatchObject([
    { code: 'node-armed', node: 'tapia', what: expect.stringContaining(deploy) },
  ]);
  const [seen] = await lookAtNodes(
    { ...open, clock: systemClock },
    await clusterBridge(open.lab),
    ['tapia'],
    still,
  );
  expect(seen?.live?.armed?.deploy).toBe(deploy);
  expect(seen?.live?.armed?.secondsLeft).toBeGreaterThan(600);
  expect(seen?.live?.armed?.secondsLeft).toBeLessThanOrEqual(901);
  expect(seen?.live?.management).toEqual({ interface: 'mgmt0', address: node.managementAddress });
  await node.ok('rm', '-r', '/var/lib/sifaka');
});

it('a link at a place of the design, or on the way to it, refuses the plan', async () => {
  const node = cluster.node('ebony');
  await node.ok('ln', '-s', '/etc/shadow', interfaces);
  await node.ok('mv', '/usr/local/sbin', '/usr/local/elsewhere');
  await node.ok('ln', '-s', 'elsewhere', '/usr/local/sbin');
  const { plan } = await plans.make(request, still);
  expect(plan.refusals).toMatchObject([
    {
      code: 'file-in-the-way',
      node: 'ebony',
      what: expect.stringContaining(`${interfaces} on ebony is a link`),
    },
    {
      code: 'file-in-the-way',
      node: 'ebony',
      what: expect.stringContaining(`${script} on ebony lies in a folder`),
    },
  ]);
  expect(JSON.stringify(plan)).not.toContain('root:');
  await node.ok('rm', interfaces, '/usr/local/sbin');
  await node.ok('mv', '/usr/local/elsewhere', '/usr/local/sbin');
});

it('a plan that would change the interface that the operator comes over is refused, and one that names it is a risk', async () => {
  const changed = JSON.parse(clusterFile);
  changed.clusters.madagascar.nodes.baobab.thunderbridge.ports = ['thunderbolt0', 'thunderbolt1', 'mgmt0'];
  writeFileSync(join(cluster.lab, 'cluster/madagascar.json'), JSON.stringify(changed));
  design(`ebony${script}`, '#!/bin/sh\nip link set mgmt0 down\n');
  const { plan } = await plans.make(request, still);
  expect(plan.refusals).toMatchObject([
    { code: 'management-on-bridge', node: 'baobab', what: expect.stringContaining('goes over mgmt0') },
  ]);
  expect(plan.nodes.map(({ risk }) => risk)).toEqual(['may-cut-management', 'may-cut-management', 'reload']);
});

it('an edit of the management interface that nobody applied is said, since a reload would apply it', async () => {
  const node = cluster.node('tapia');
  const file = '/etc/network/interfaces';
  const old = node.readFile(file);
  node.writeFile(file, old.replace(node.managementAddress, '192.0.2.99'));
  const { plan } = await plans.make(request, still);
  node.writeFile(file, old);
  expect(plan.nodes.map(({ risk }) => risk)).toEqual(['reload', 'reload', 'may-cut-management']);
  expect(plan.warnings).toContainEqual(expect.objectContaining({ code: 'network-pending', node: 'tapia' }));
});

it('a node that does not answer is refused with its reason, and the others are planned', async () => {
  await cluster.node('tapia').killSshd();
  const { plan } = await plans.make(request, still);
  expect(plan.refusals).toMatchObject([{ code: 'node-silent', node: 'tapia' }]);
  expect(plan.nodes.map(({ files }) => files.length)).toEqual([2, 2, 0]);
  await cluster.node('tapia').startSshd();
});

it('the command line shows the plan as a diff, refuses with exit code 3, and the bridge as it is', async () => {
  const desk = new Desk();
  const sifaka = (...args: string[]) => desk.run(args, { lab: cluster.lab, env: { ...cluster.environment } });
  try {
    const planned = await sifaka('bridge', 'plan', '--nodes', 'baobab,ebony', '--window', '90');
    expect(planned).toMatchObject({ code: 0, stderr: expect.not.stringContaining('REFUSED') });
    expect(planned.stdout).toContain(`  ${interfaces}  new, root:root 0644`);
    expect(planned.stdout).toContain('    +iface thunderbridge inet static');
    expect(planned.stdout).toContain('thunderbolt0 port of: - → thunderbridge');
    expect(planned.stdout).toContain('takes everything back by itself within 1 min 30 s');
    expect(planned.stdout).toContain('Next: sifaka bridge deploy attempt1');
    design(`baobab${interfaces}`, stanza('10.99.0.1/24', 'off'));
    const refused = await sifaka('bridge', 'plan', 'attempt1', '--mode', 'canary', '--json');
    expect(refused.code).toBe(3);
    const last: unknown = JSON.parse(refused.stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({
      type: 'report',
      report: { plan: { refusals: [{ code: 'ring-without-stp' }] } },
    });
    expect(await sifaka('bridge', 'plan', '--window', '5')).toMatchObject({ code: 2 });
    const status = await sifaka('bridge', 'status');
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^baobab +none .* mgmt0 192\.0\.2\.1$/m);
    expect(status.stdout).toMatch(/^tapia:thunderbolt1 +NOT IN THE BRIDGE.* 65520 /m);
  } finally {
    desk.remove();
  }
});
