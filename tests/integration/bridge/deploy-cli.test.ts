import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { type CliResult, Desk } from '../cli/run-cli.ts';
import { stateOf } from './armed-node.ts';
import { writeDesign } from './deploy-world.ts';

const isRoot = process.getuid?.() === 0;
let cluster: Cluster;
let desk: Desk;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  desk = new Desk();
  cluster = await startCluster({ nodes: ['baobab', 'ebony'] });
  writeDesign(cluster.lab, 'attempt1', ['baobab', 'ebony'], withOnePort);
});
afterAll(async () => {
  desk?.remove();
  await cluster?.stop();
});

function withOnePort(stanza: string): string {
  const there = isThere(stanza, '1') ? '1' : '0';
  return stanza
    .replace(/^auto thunderbolt(\d)\n.*\n.*\n\n/gm, (found, port) => (port === there ? found : ''))
    .replace(/bridge-ports .*/, `bridge-ports thunderbolt${there}`);
}

/** Of two nodes baobab has thunderbolt1 alone, and ebony thunderbolt0. */
function isThere(stanza: string, port: string): boolean {
  return stanza.includes('10.99.0.1/') === (port === '1');
}

function sifaka(...args: string[]): Promise<CliResult> {
  return desk.run(['bridge', ...args], { lab: cluster.lab, env: { ...cluster.environment } });
}

it('sifaka bridge deploy, a second time, deploys, rollback and converge', async (context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
  const clean = await Promise.all(cluster.nodes.map((node) => stateOf(node)));

  const unasked = await sifaka('deploy', 'attempt1');
  expect(unasked.code).toBe(3);
  expect(unasked.stderr).toContain('CONFIRMATION_REQUIRED');
  expect(await Promise.all(cluster.nodes.map((node) => stateOf(node)))).toEqual(clean);

  const done = await sifaka('deploy', 'attempt1', '--yes');
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toMatch(/Deploy [0-9a-f-]{36}: confirmed\.\n {2}baobab has the new state\n/);
  expect(done.stderr).toMatch(/baobab is armed: it goes back by itself unless this is confirmed/);

  const deployed = await Promise.all(cluster.nodes.map((node) => stateOf(node)));
  const again = await sifaka('deploy', 'attempt1', '--yes');
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain('Nothing was changed: every node had all of it already.');
  expect(await Promise.all(cluster.nodes.map((node) => stateOf(node)))).toEqual(deployed);

  const back = await sifaka('rollback', '--yes');
  expect(back.code, back.stderr).toBe(0);
  expect(cluster.node('baobab').exists('/etc/network/interfaces.d/10-thunderbolt')).toBe(false);
  expect(await cluster.node('baobab').ok('ls', '/sys/class/net')).not.toContain('thunderbridge');

  const list = await sifaka('deploys');
  expect(list.stdout).toMatch(
    /what [0-9a-f]{8} found {2}confirmed\n {2}new: baobab, ebony\n.* attempt1 {2}confirmed/,
  );

  const nothing = await sifaka('converge', '--yes');
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('DEPLOY_UNKNOWN') });
});
