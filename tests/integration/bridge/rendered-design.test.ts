import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { nodeFileBytes } from '../../../electron/services/node-deploy/node-payload.ts';
import { newAttempt } from '../../../electron/services/bridge/design/new-attempt.ts';
import { readDesign } from '../../../electron/services/bridge/design/read-design.ts';
import { loadTemplates } from '../../../electron/services/bridge/design/templates.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { ClusterNode } from '../../rig/cluster/node.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

const resources = fileURLToPath(new URL('../../../resources', import.meta.url));
const isRoot = process.getuid?.() === 0;
const bothPorts = ['thunderbolt0', 'thunderbolt1'];
let cluster: Cluster;
let lab: string;

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  // As Thunderbolt's own ports appear: with an MTU that loses every full frame.
  cluster = await startCluster({ cableMtu: 1500 });
  lab = mkdtempSync(join(tmpdir(), 'sifaka-design-'));
  cpSync(cluster.lab, lab, { recursive: true });
  await installNextDesign(cluster.nodes);
});
afterAll(async () => {
  await cluster?.stop();
  if (lab) rmSync(lab, { recursive: true, force: true });
});

describe('a rendered design, on booted nodes', () => {
  it('makes a bridge that passes full frames between all pairs', async (context) => {
    need(context);
    await everyPairPasses();
    for (const node of cluster.nodes) {
      expect(await portsIn(node)).toEqual(bothPorts.map((port) => [port, 65520]));
      expect(await node.ok('cat', '/sys/class/net/thunderbridge/bridge/stp_state')).toBe('1\n');
    }
  });

  it('is as ifupdown2 wants it, and another reload changes nothing and flaps nothing', async (context) => {
    need(context);
    for (const node of cluster.nodes) {
      expect(await node.ok('ifquery', '--check', 'thunderbridge')).not.toContain('[fail]');
      const before = await linksOf(node);
      const inodes = await node.ok(
        'sh',
        '-c',
        'stat -c "%n %i %Y" /etc/network/interfaces.d/* /etc/udev/rules.d/*',
      );
      await node.ok('ifreload', '-a');
      expect(await linksOf(node)).toEqual(before);
      expect(
        await node.ok('sh', '-c', 'stat -c "%n %i %Y" /etc/network/interfaces.d/* /etc/udev/rules.d/*'),
      ).toBe(inodes);
    }
    expect((await ping('baobab', '10.99.0.2')).code).toBe(0);
  });

  it('reloads without a port that is absent, and takes it in at its MTU when it is plugged in again', async (context) => {
    need(context);
    const [baobab, ebony] = [cluster.node('baobab'), cluster.node('ebony')];
    await cluster.cut('baobab', 'ebony');
    for (const node of [baobab, ebony]) await node.ok('ifreload', '-a');
    expect(await portsIn(baobab)).toEqual([['thunderbolt0', 65520]]);
    expect(await portsIn(ebony)).toEqual([['thunderbolt1', 65520]]);
    await cluster.plug('baobab', 'ebony');
    for (const node of [baobab, ebony]) await portsCome(node);
    await everyPairPasses();
  });

  it('is whole again after every node was rebooted, also without a port that comes later', async (context) => {
    need(context);
    await cluster.cut('ebony', 'tapia');
    await Promise.all(cluster.nodes.map((node) => node.reboot({ hard: node.name === 'tapia' })));
    await cluster.plug('ebony', 'tapia');
    for (const node of cluster.nodes) {
      await portsCome(node);
      expect(await node.ok('systemctl', 'is-active', 'thunderbridge.service', 'networking.service')).toBe(
        'active\nactive\n',
      );
      expect((await node.exec(['systemctl', '--failed', '--no-legend'])).stdout).toBe('');
    }
    await everyPairPasses();
  });

  it('keeps its MTU when somebody adds a port with a smaller one', async (context) => {
    need(context);
    const node = cluster.node('tapia');
    await node.ok('ip', 'link', 'add', 'low', 'mtu', '1500', 'type', 'veth', 'peer', 'name', 'other');
    await node.ok('ip', 'link', 'set', 'low', 'master', 'thunderbridge');
    expect(await node.ok('cat', '/sys/class/net/thunderbridge/mtu')).toBe('65520\n');
    await node.ok('ip', 'link', 'del', 'low');
  });

  it('comes back from ifdown and ifup, and from a restart of the network', async (context) => {
    need(context);
    const node = cluster.node('ebony');
    await node.ok('ifdown', 'thunderbridge');
    expect(await node.ok('bridge', '-j', 'link')).not.toContain('thunderbolt0');
    await node.ok('ifup', 'thunderbridge');
    await portsCome(node);
    await node.ok('systemctl', 'restart', 'networking.service');
    await portsCome(node);
    await everyPairPasses();
  });

  it('names a port by the place that it is plugged in, and takes it in when it got its name', async (context) => {
    need(context);
    const node = cluster.node('tapia');
    const port = { name: 'en05', path: 'pci-0000:00:0e.2', driver: 'veth' };
    const opened = await openLabFolder({ root: lab, clock: systemClock });
    const file = 'cluster/madagascar.json';
    const pointer = '/clusters/madagascar/nodes/tapia/thunderbridge/ports/-';
    await opened.set({ file, pointer, value: port });
    await installNextDesign([node]);
    // The kernel's own name for it; a pair of virtual ends lies at no place, so that it is given one.
    const place = 'SUBSYSTEM=="net", KERNEL=="thunderbolt7", ENV{ID_PATH}="pci-0000:00:0e.2"\n';
    node.writeFile('/etc/udev/rules.d/76-place.rules', place);
    await node.ok('udevadm', 'control', '--reload');
    await node.ok('ip', 'link', 'add', 'thunderbolt7', 'mtu', '1500', 'type', 'veth', 'peer', 'name', 'far');
    await expect.poll(() => portsIn(node), { timeout: 20_000 }).toContainEqual(['en05', 65520]);
    expect((await node.exec(['ip', 'link', 'show', 'thunderbolt7'])).code).toBe(1);
    await node.ok('ifreload', '-a');
    expect(await portsIn(node)).toEqual([['en05', 65520], ...bothPorts.map((name) => [name, 65520])]);
  });

  it('has units and rules that systemd and udev read without a word', async (context) => {
    need(context);
    const node = cluster.node('baobab');
    const units = [
      'thunderbridge.service',
      'thunderbridge-enlist@thunderbolt0.service',
      'networking.service',
    ];
    expect(await node.exec(['systemd-analyze', 'verify', '--man=no', ...units])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const said = await node.ok('journalctl', '--boot', '--no-pager', '--unit', 'systemd-udevd.service');
    expect(said).not.toMatch(/90-thunderbridge|10-en0|Invalid|Unknown/);
  });
});

function need(context: TestContext): void {
  requireTools(context, ...clusterTools);
  if (!isRoot) unproven(context, 'needs root');
}

/** Puts the next design's files on nodes as a deploy would, and reloads. */
async function installNextDesign(nodes: readonly ClusterNode[]): Promise<void> {
  const opened = await openLabFolder({ root: lab, clock: systemClock });
  const { design } = await newAttempt(opened, await loadTemplates(resources), {});
  const { nodes: files } = await readDesign(opened, design.name);
  for (const node of nodes) {
    for (const file of files[node.name] ?? []) {
      await node.ok('mkdir', '-p', dirname(file.path));
      node.writeFile(file.path, nodeFileBytes(file).toString());
      await node.ok('chmod', file.mode, file.path);
    }
    await node.ok('udevadm', 'control', '--reload');
    await node.ok('systemctl', 'daemon-reload');
    await node.ok('ifreload', '-a');
  }
}

interface BridgeLink {
  readonly ifname: string;
  readonly mtu: number;
  readonly master: string;
}

/** The ports of a node's bridge, by name, with the MTU of each. */
async function portsIn(node: ClusterNode): Promise<[string, number][]> {
  const links = await node.bridge<BridgeLink[]>('link');
  const ports = links.filter(({ master }) => master === 'thunderbridge');
  return ports
    .map(({ ifname, mtu }): [string, number] => [ifname, mtu])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function portsCome(node: ClusterNode): Promise<void> {
  await expect.poll(() => portsIn(node), { timeout: 20_000 }).toEqual(bothPorts.map((port) => [port, 65520]));
}

/** What a flap or another bridge would change. */
function linksOf(node: ClusterNode): Promise<string> {
  const files = ['ifindex', 'carrier_changes', 'mtu', 'flags'].map((name) => `/sys/class/net/*/${name}`);
  return node.ok('sh', '-c', `grep -H . ${files.join(' ')}; ip -br addr`);
}

function ping(from: string, to: string) {
  return cluster.node(from).exec(['ping', '-c', '1', '-W', '1', '-M', 'do', '-s', '65492', to]);
}

async function everyPairPasses(): Promise<void> {
  const names = cluster.nodes.map(({ name }) => name);
  for (const from of names) {
    for (const [index, to] of names.entries()) {
      if (from === to) continue;
      // STP takes its time to settle.
      await expect
        .poll(async () => (await ping(from, `10.99.0.${index + 1}`)).code, { timeout: 60_000 })
        .toBe(0);
    }
  }
}
