import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { checkBridge } from '../../../electron/services/bridge/check/check-bridge.ts';
import { timerUnits } from '../../../electron/services/bridge/check/timer-units.ts';
import { clusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import type { BridgeCheck } from '../../../shared/schemas/bridge.ts';
import { type OpenCluster, openCluster } from '../../rig/cluster/open-cluster.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { unkindNames } from './unkind-names.ts';

let cluster: Cluster;
let open: OpenCluster;
beforeAll(async () => {
  // What is missing is said by each test.
  if (process.getuid?.() !== 0 || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  open = await openCluster(cluster);
});
afterAll(async () => {
  open?.ssh.close();
  await cluster?.stop();
});

function need(context: TestContext): void {
  requireTools(context, ...clusterTools);
  if (process.getuid?.() !== 0) unproven(context, 'needs root, to boot nodes');
}

async function check(nodes?: string[]): Promise<BridgeCheck> {
  const bridge = await clusterBridge(open.lab);
  const parts = { ssh: open.ssh, clock: systemClock };
  const request = { nodes, throughput: false, trigger: 'asked' } as const;
  return checkBridge(parts, bridge, request, new AbortController().signal);
}

it('booted nodes pass, one 1500 port among them is named, and one that is off is a gap with its reason', async (context) => {
  need(context);
  for (const [index, node] of cluster.nodes.entries()) {
    const quick = ['stp_state', '1', 'forward_delay', '200', 'hello_time', '100', 'max_age', '600'];
    await node.ok('ip', 'link', 'add', 'thunderbridge', 'type', 'bridge', ...quick);
    await node.ok('ip', 'link', 'set', 'thunderbridge', 'mtu', '65520');
    await node.ok('ip', 'address', 'add', `10.99.0.${index + 1}/24`, 'dev', 'thunderbridge');
    for (const port of ['thunderbolt0', 'thunderbolt1'])
      await node.ok('ip', 'link', 'set', port, 'master', 'thunderbridge', 'up');
    await node.ok('ip', 'link', 'set', 'thunderbridge', 'up');
  }
  await expect.poll(async () => (await check()).passed, { timeout: 60_000, interval: 500 }).toBe(true);
  const ebony = cluster.node('ebony');
  for (const port of ['thunderbolt0', 'thunderbolt1'])
    await ebony.ok('ip', 'link', 'set', port, 'mtu', '1500');
  const lossy = await check();
  expect(lossy.passed).toBe(false);
  expect(lossy.findings.map(({ code, node, port }) => `${code} ${node} ${port}`)).toEqual([
    'port-mtu ebony thunderbolt0',
    'port-mtu ebony thunderbolt1',
  ]);
  await ebony.powerOff({ hard: true });
  // The connection to it would be found dead only when an answer is overdue.
  open.ssh.close();
  open = await openCluster(cluster, { connectMilliseconds: 5000 });
  const gap = await check(['baobab', 'ebony']);
  expect(gap.findings.map(({ code, node }) => `${code} ${node}`)).toContain('node-silent ebony');
  expect(gap.nodes[1]).toMatchObject({ node: 'ebony', problem: { what: expect.any(String) } });
});

it('systemd hands every word of the timer’s service on as it is', async (context) => {
  need(context);
  const node = cluster.node('baobab');
  for (const [index, name] of unkindNames.entries()) {
    const folder = `/root/${name}`;
    await node.ok('mkdir', folder);
    node.writeFile(
      `${folder}/node`,
      '#!/bin/sh\nprintf "%s\\n" "$0" "$@" "$SIFAKA_HOME" >/root/words\n',
      0o755,
    );
    const { service } = timerUnits({
      command: [`${folder}/node`, `${folder}/cli.js`],
      lab: folder,
      environment: { SIFAKA_HOME: folder },
      everyMinutes: 15,
    });
    node.writeFile(`/etc/systemd/system/words-${index}.service`, service);
    await node.ok('systemctl', 'daemon-reload');
    await node.ok('systemctl', 'start', `words-${index}.service`);
    const words = [
      `${folder}/node`,
      `${folder}/cli.js`,
      '--lab',
      folder,
      'bridge',
      'check',
      '--scheduled',
      folder,
    ];
    expect(node.readFile('/root/words').trimEnd().split('\n')).toEqual(words);
  }
});
