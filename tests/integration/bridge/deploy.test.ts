import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { replaceCommands, replacedFolder, stateOf } from './armed-node.ts';
import { openBridge, writeDesign } from './deploy-world.ts';

const isRoot = process.getuid?.() === 0;
const names = ['baobab', 'ebony', 'tapia'];
const attempt = (name: string) => ({ source: { kind: 'design', name } as const });
let cluster: Cluster;
let bridge: Awaited<ReturnType<typeof openBridge>>;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  bridge = await openBridge(cluster);
  writeDesign(cluster.lab, 'attempt1', names);
  writeDesign(cluster.lab, 'attempt2', names, (stanza) => `# second\n${stanza}`);
});
afterAll(async () => {
  await bridge?.close();
  await cluster?.stop();
});

beforeEach((context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
});

function states(): Promise<string[]> {
  return Promise.all(cluster.nodes.map((node) => stateOf(node)));
}

async function pings(): Promise<number[]> {
  const pairs = cluster.nodes.flatMap((node) => [1, 2, 3].map((to) => ({ node, to })));
  return Promise.all(
    pairs.map(async ({ node, to }) => {
      const ping = ['ping', '-c', '1', '-W', '2', '-M', 'do', '-s', '65492', `10.99.0.${to}`];
      return (await node.exec(ping)).code;
    }),
  );
}

describe('a deploy', () => {
  let clean: string[];

  it('from clean nodes: full frames pass between all of them, and its record says what it did', async () => {
    clean = await states();
    const { jobId, end } = await bridge.deploy(attempt('attempt1'));
    expect(end, JSON.stringify(end.problem)).toMatchObject({
      outcome: 'done',
      report: { kind: 'bridge-deploy', deploy: { state: 'confirmed' }, check: { passed: true } },
    });
    expect(await pings()).toEqual(Array.from({ length: 9 }, () => 0));
    const record = await bridge.record(jobId);
    expect(record).toMatchObject({
      id: jobId,
      state: 'confirmed',
      nodes: names.map((node) => ({ node, state: 'new', before: [] })),
    });
    expect(await bridge.lab.logbook(1)).toMatchObject([
      { project: 'bridge', summary: expect.stringContaining('confirmed') },
    ]);
    expect((await states()).join('')).not.toContain('sifaka-');
  });

  it('a second time changes nothing, not even a time', async () => {
    const before = await states();
    const { jobId, end } = await bridge.deploy(attempt('attempt1'));
    expect(end).toMatchObject({ outcome: 'done', report: { check: { passed: true } } });
    expect(await states()).toEqual(before);
    await expect(bridge.record(jobId)).rejects.toMatchObject({ code: 'DEPLOY_UNKNOWN' });
  });

  it('of what every node has says so when the bridge is not in order all the same', async () => {
    for (const other of ['ebony', 'tapia']) await cluster.cut('baobab', other);
    const { end } = await bridge.deploy(attempt('attempt1'));
    expect(end).toMatchObject({
      outcome: 'failed',
      problem: { code: 'CHECK_FAILED', state: expect.stringContaining('Nothing was changed') },
    });
    // This design has nothing that takes a port in that comes later; the next boot does.
    for (const other of ['ebony', 'tapia']) await cluster.plug('baobab', other);
  });

  it('survives the reboot of every node', async () => {
    await Promise.all(cluster.nodes.map((node) => node.reboot()));
    await expect.poll(pings, { timeout: 60_000 }).toEqual(Array.from({ length: 9 }, () => 0));
  });

  it('is on no node when it fails on one', async () => {
    const before = await states();
    const ebony = cluster.node('ebony');
    const restore = await replaceCommands(
      ebony,
      'ifreload',
      (name) =>
        `#!/bin/sh\n[ -e /run/once ] || { touch /run/once; echo broken >&2; exit 1; }\nexec ${replacedFolder}/${name} "$@"\n`,
    );
    try {
      const { jobId, end } = await bridge.deploy(attempt('attempt2'));
      expect(end).toMatchObject({
        outcome: 'failed',
        problem: { code: 'DEPLOY_ROLLED_BACK', more: expect.arrayContaining(['ebony: broken']) },
      });
      expect(await bridge.record(jobId)).toMatchObject({
        state: 'rolled-back',
        nodes: names.map(() => ({ state: 'old' })),
      });
    } finally {
      await restore();
      await ebony.ok('rm', '-f', '/run/once');
    }
    expect(await states()).toEqual(before);
    await expect.poll(pings, { timeout: 60_000 }).toEqual(Array.from({ length: 9 }, () => 0));
  });

  it('is taken back when the operator says so', async () => {
    const before = await states();
    const { jobId } = await bridge.start(attempt('attempt2'));
    const end = await bridge.ended(jobId, ({ step }) => {
      if (step === 'verify') void bridge.jobs.cancel(jobId).catch(() => undefined);
    });
    expect(end).toMatchObject({
      outcome: 'cancelled',
      problem: { code: 'CANCELLED', state: expect.stringContaining('old state') },
    });
    expect(await states()).toEqual(before);
  });

  it.each(['rolling', 'canary'] as const)('goes %s, and back to what was before it', async (mode) => {
    await expect.poll(pings, { timeout: 60_000 }).toEqual(Array.from({ length: 9 }, () => 0));
    const { jobId, end } = await bridge.deploy({ ...attempt('attempt2'), mode, windowSeconds: 120 });
    expect(end, JSON.stringify(end.problem)).toMatchObject({ outcome: 'done' });
    expect(cluster.node('tapia').readFile('/etc/network/interfaces.d/10-thunderbolt')).toContain('# second');
    const back = await bridge.deploy({ source: { kind: 'deploy', id: jobId, state: 'before' } });
    expect(back.end, JSON.stringify(back.end.problem)).toMatchObject({ outcome: 'done' });
    expect(cluster.node('tapia').readFile('/etc/network/interfaces.d/10-thunderbolt')).not.toContain(
      '# second',
    );
  });

  it('can be taken back to the clean nodes', async () => {
    const deploys = await bridge.service.deploys();
    const first = deploys.at(-1);
    expect(first?.state).toBe('confirmed');
    const { end } = await bridge.deploy({ source: { kind: 'deploy', id: first?.id ?? '', state: 'before' } });
    expect(end, JSON.stringify(end.problem)).toMatchObject({ outcome: 'done' });
    const links = /^(?:thunder\S+|lo|mgmt0) .*$/gm;
    const now = await states();
    expect(
      now.map((state) => state.match(links)?.filter((line) => line.startsWith('thunderbridge'))),
    ).toEqual([[], [], []]);
    expect(now.join('')).not.toContain('10-thunderbolt');
    void clean;
  });
});
