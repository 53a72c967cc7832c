import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arm, ask, changeOf, prepare } from '../../integration/bridge/armed-node.ts';
import type { ClusterNode } from '../../rig/cluster/node.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { until } from '../../rig/deploy-faults/fault-world.ts';
import {
  differencesFromNew,
  differencesFromOld,
  type NodeState,
  pendingOn,
  readState,
} from '../../rig/deploy-faults/node-state.ts';
import { faultSeed } from '../../rig/deploy-faults/whole-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

/** Of each of the three that are killed. */
const instants = 12;
const isRoot = process.getuid?.() === 0;
let cluster: Cluster;
let node: ClusterNode;
let before: NodeState;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster({ nodes: ['ebony', 'baobab', 'tapia'] });
  node = cluster.node('baobab');
});
afterAll(() => cluster?.stop());
beforeEach(async (context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
  await asBefore();
});

describe(`the program on the node is killed with all that it started (SIFAKA_FAULT_SEED=${faultSeed})`, () => {
  it(`at ${instants} instants while it puts files in place: the node is told to go back, and is old`, async () => {
    for (const share of shares('apply')) {
      const id = await armed();
      await killedAfter(share, () => ask(node, ['apply', id]), [`sifaka-bridge-apply-${id}.service`]);
      await ask(node, ['restore', id]);
      await expectOld(share);
    }
  });

  it(`at ${instants} instants while it goes back: it goes on with that by itself, and is old`, async () => {
    for (const share of shares('restore')) {
      const id = await applied();
      await killedAfter(share, () => ask(node, ['restore', id]), [`sifaka-bridge-settle-${id}.service`]);
      await expectOld(share);
    }
  });

  it(`at ${instants} instants while it is confirmed: it is old, or new and stays so`, async () => {
    const ends = new Set<string>();
    await ask(node, ['confirm', await applied()]);
    const confirmed = { ...(await readState(node)), deployed: ['sifaka.bridge-deployed/1'] };
    await asBefore();
    for (const share of shares('confirm')) {
      const id = await applied();
      // Whoever asks gets no answer.
      const asked = () => ask(node, ['confirm', id]).catch(() => undefined);
      await killedAfter(share, asked, undefined, `confirm ${id}`);
      await ask(node, ['restore', id]);
      await settled();
      const now = await readState(node);
      const isNew = now.deployed.includes(id);
      ends.add(isNew ? 'new' : 'old');
      const left = isNew ? differencesFromNew(confirmed, now) : differencesFromOld(before, now);
      expect(left, `at ${share} s`).toEqual([]);
      await asBefore();
    }
    expect([...ends]).toContain('new');
  });
});

async function armed(): Promise<string> {
  const id = randomUUID();
  expect((await arm(node, id, changeOf('10.99.0.1/24'))).outcome).toEqual(['armed']);
  return id;
}

async function applied(): Promise<string> {
  const id = await armed();
  await ask(node, ['apply', id]);
  expect(await ask(node, ['status', id, 'applied', '60'])).toMatchObject({ armed: { phase: 'applied' } });
  return id;
}

/** Seconds that it takes when nobody disturbs it; a share of that is when it is killed. */
const longest = { apply: 2.5, restore: 3.5, confirm: 0.5 };

function* shares(what: keyof typeof longest): Generator<number> {
  for (let at = 0; at < instants; at += 1) {
    const digest = createHash('sha256').update(`${faultSeed} ${what} ${at}`).digest();
    yield (digest.readUInt32BE() / 2 ** 32) * longest[what];
  }
}

async function killedAfter(
  seconds: number,
  start: () => Promise<unknown>,
  units: readonly string[] | undefined,
  pattern = '',
): Promise<void> {
  const started = start();
  // Of a unit the life begins when the request has ended.
  if (units !== undefined) await started;
  await wait(seconds * 1000);
  // It may have come to its end.
  if (units === undefined) await node.exec(['pkill', '-KILL', '-f', pattern]);
  else await node.exec(['systemctl', 'kill', '--kill-whom=all', '--signal=KILL', ...units]);
  await started;
}

async function expectOld(share: number): Promise<void> {
  await settled();
  expect(differencesFromOld(before, await readState(node)), `at ${share} s`).toEqual([]);
}

async function settled(): Promise<void> {
  await until('the node is settled', async () => {
    const pending = await pendingOn(node);
    return pending.length === 0 ? undefined : pending.join('\n');
  });
}

/** As the node was at first, though a file that was replaced is another one. */
async function asBefore(): Promise<void> {
  const made = ['/usr/local/lib/bridge-test', '/etc/udev/rules.d/90-thunderbolt.rules'];
  await node.ok('rm', '-rf', '/var/lib/sifaka', ...made);
  await prepare(node);
  await node.ok('ifreload', '-a');
  for (const port of ['thunderbolt0', 'thunderbolt1'])
    await node.ok('ip', 'link', 'set', port, 'down', 'mtu', '65520');
  before = await readState(node);
}
