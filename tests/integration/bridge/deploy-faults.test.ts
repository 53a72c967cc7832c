import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { replaceCommands, replacedFolder, stateOf } from './armed-node.ts';
import { openBridge, writeDesign } from './deploy-world.ts';

const isRoot = process.getuid?.() === 0;
const names = ['baobab', 'ebony', 'tapia'];
const program = fileURLToPath(new URL('deploy-process.ts', import.meta.url));
// So long that a busy machine comes to the confirmation, which waits for STP; and the tests with it.
const attempt = (name: string) => ({ source: { kind: 'design', name } as const, windowSeconds: 60 });
vi.setConfig({ testTimeout: 300_000 });
const still = new AbortController().signal;
let cluster: Cluster;
let bridge: Awaited<ReturnType<typeof openBridge>>;
let before: string[];
const children = new Set<ChildProcess>();

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  bridge = await openBridge(cluster);
  writeDesign(cluster.lab, 'attempt1', names);
  writeDesign(cluster.lab, 'attempt2', names, (stanza) => `# second\n${stanza}`);
  writeDesign(cluster.lab, 'attempt3', names, (stanza) => `# third\n${stanza}`);
  const { end } = await bridge.deploy(attempt('attempt1'));
  expect(end, JSON.stringify(end.problem)).toMatchObject({ outcome: 'done' });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await bridge?.close();
  await cluster?.stop();
});

beforeEach(async (context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
  before = await states();
});

function states(): Promise<string[]> {
  return Promise.all(cluster.nodes.map((node) => stateOf(node)));
}

async function anyArmed(): Promise<boolean> {
  return cluster.nodes.some((node) => node.exists('/var/lib/sifaka/bridge/armed'));
}

/** Nothing waits on any node, whatever it ended as. */
async function unarmed(): Promise<void> {
  await expect.poll(anyArmed, { timeout: 120_000 }).toBe(false);
  const units = ['list-units', '--plain', '--no-legend', 'sifaka-bridge-settle*', 'sifaka-bridge-apply*'];
  for (const node of cluster.nodes)
    await expect.poll(() => node.ok('systemctl', ...units), { timeout: 30_000 }).toBe('');
}

/** Full frames pass again, as STP lets them. */
async function works(): Promise<void> {
  const ping = ['ping', '-c', '1', '-W', '2', '-M', 'do', '-s', '65492'];
  const all = async () => {
    const codes = cluster.nodes.flatMap((node) =>
      [1, 2, 3].map(async (to) => (await node.exec([...ping, `10.99.0.${to}`])).code),
    );
    return Math.max(...(await Promise.all(codes)));
  };
  await expect.poll(all, { timeout: 90_000 }).toBe(0);
}

/** Another app, which deploys attempt2; `step` resolves when it has come there. */
function otherApp() {
  const folder = mkdtempSync(join(cluster.folder, 'other-'));
  const child = spawn(process.execPath, [program, cluster.lab, cluster.home, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: { jobId?: string; step?: string; end?: { outcome: string; problem?: { state: string } } }[] =
    [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const find = async <Value>(pick: (line: (typeof lines)[number]) => Value | undefined): Promise<Value> => {
    const found = () => Promise.resolve(lines.map(pick).find((value) => value !== undefined));
    await expect.poll(found, { timeout: 90_000 }).toBeDefined();
    return (await found()) as Value;
  };
  return {
    child,
    jobId: () => find(({ jobId }) => jobId),
    step: (wanted: string) => find(({ step }) => (step === wanted ? step : undefined)),
    end: () => find(({ end }) => end),
  };
}

/** A node that cannot take a confirmation: it stays armed until its time is over. */
const deaf = () =>
  replaceCommands(
    cluster.node('tapia'),
    'mv',
    (name) =>
      `#!/bin/sh\nfor last; do :; done\ncase $last in */confirmed) exit 1 ;; esac\nexec ${replacedFolder}/${name} "$@"\n`,
  );

describe('nodes go back by themselves', () => {
  it.each(['apply'])(
    'when the app is killed with -9 at %s; its record is settled by converge',
    async (step) => {
      const other = otherApp();
      const id = await other.jobId();
      await other.step(step);
      other.child.kill('SIGKILL');
      await once(other.child, 'exit');
      // Seen from here it may be another machine's, which goes on.
      await expect(bridge.service.converge(undefined, still)).rejects.toMatchObject({
        code: 'DEPLOY_REFUSED',
      });
      await unarmed();
      expect(await states()).toEqual(before);
      expect((await bridge.record(id)).state).toBe('started');
      const { deploy, request } = await bridge.service.converge(undefined, still);
      expect(request).toBeUndefined();
      expect(deploy).toMatchObject({ id, state: 'rolled-back', nodes: names.map(() => ({ state: 'old' })) });
      await works();
    },
  );

  it('when the app sleeps past the window: what it then confirms is refused by them', async () => {
    const other = otherApp();
    await other.step('verify');
    other.child.kill('SIGSTOP');
    await unarmed();
    expect(await states()).toEqual(before);
    other.child.kill('SIGCONT');
    const end = await other.end();
    expect(end).toMatchObject({ outcome: 'failed', problem: { code: 'DEPLOY_ROLLED_BACK' } });
    await unarmed();
    expect(await states()).toEqual(before);
    await works();
  });

  it('when one of them cannot be reached any more: the others at once, that one in its time', async () => {
    const tapia = cluster.node('tapia');
    const { jobId } = await bridge.start(attempt('attempt2'));
    let isCut = false;
    const end = await bridge.ended(jobId, ({ step }) => {
      if (step !== 'verify' || isCut) return;
      isCut = true;
      void tapia.cutManagement();
    });
    expect(isCut).toBe(true);
    expect(end).toMatchObject({
      outcome: 'failed',
      problem: { code: 'DEPLOY_ROLLED_BACK', state: expect.stringContaining('tapia: not known') },
    });
    await unarmed();
    await tapia.restoreManagement();
    expect(await states()).toEqual(before);
    const { deploy } = await bridge.service.converge(undefined, still);
    expect(deploy).toMatchObject({
      id: jobId,
      state: 'rolled-back',
      nodes: names.map(() => ({ state: 'old' })),
    });
    await works();
  });

  it('when one of them reboots in the middle', async () => {
    const ebony = cluster.node('ebony');
    const { jobId } = await bridge.start(attempt('attempt2'));
    let rebooted: Promise<void> | undefined;
    const end = await bridge.ended(jobId, ({ step }) => {
      if (step === 'verify') rebooted ??= ebony.reboot({ hard: true });
    });
    await rebooted;
    expect(end).toMatchObject({ outcome: 'failed', problem: { code: 'DEPLOY_ROLLED_BACK' } });
    await unarmed();
    await works();
    expect(await states()).toEqual(before);
  });
});

describe('a confirmation that does not reach all nodes', () => {
  it.each(['new', 'old'] as const)(
    'is a split, named at once, and converge ends it with the %s state',
    async (to) => {
      const restore = await deaf();
      let id = '';
      try {
        const { jobId, end } = await bridge.deploy(attempt('attempt2'));
        id = jobId;
        expect(end, JSON.stringify(end)).toMatchObject({
          outcome: 'failed',
          problem: {
            code: 'DEPLOY_SPLIT',
            state: 'baobab, ebony: on the new state. tapia: on the old state.',
          },
        });
        expect(await bridge.record(id)).toMatchObject({ state: 'split' });
      } finally {
        await restore();
      }
      await unarmed();
      const { request } = await bridge.service.converge(to, still);
      expect(request).toMatchObject({ nodes: to === 'new' ? ['tapia'] : ['baobab', 'ebony'] });
      if (request === undefined) return;
      const { end } = await bridge.deploy(request);
      expect(end, JSON.stringify(end.problem)).toMatchObject({ outcome: 'done' });
      expect(await bridge.record(id)).toMatchObject({ state: to === 'new' ? 'confirmed' : 'rolled-back' });
      const stanzas = cluster.nodes.map((node) => node.readFile('/etc/network/interfaces.d/10-thunderbolt'));
      for (const stanza of stanzas) expect(stanza.includes('# second')).toBe(to === 'new');
      if (to === 'new') {
        const back = await bridge.deploy(attempt('attempt1'));
        expect(back.end, JSON.stringify(back.end.problem)).toMatchObject({ outcome: 'done' });
      }
      await works();
    },
  );
});

it('two operators at once: each node ends with the whole of one deploy, or as it was', async () => {
  const other = await openBridge(cluster);
  try {
    const plans = await Promise.all([
      bridge.service.plan({ mode: 'all', ...attempt('attempt2') }, still),
      other.service.plan({ mode: 'all', ...attempt('attempt3') }, still),
    ]);
    const jobs = await Promise.all([
      bridge.service.deploy(plans[0].digest),
      other.service.deploy(plans[1].digest),
    ]);
    const ends = await Promise.all([bridge.ended(jobs[0].jobId), other.ended(jobs[1].jobId)]);
    await unarmed();
    const done = ends.findIndex(({ outcome }) => outcome === 'done');
    for (const [index, { outcome, problem }] of ends.entries()) {
      if (index === done) continue;
      expect(outcome).toBe('failed');
      expect(problem?.code).toMatch(/^(?:NODE_ARMED|PLAN_CHANGED|DEPLOY_ROLLED_BACK)$/);
    }
    const word = ['# second', '# third'][done];
    const stanzas = cluster.nodes.map((node) => node.readFile('/etc/network/interfaces.d/10-thunderbolt'));
    if (word === undefined) expect(await states()).toEqual(before);
    else for (const stanza of stanzas) expect(stanza).toContain(word);
    await works();
  } finally {
    await other.close();
  }
});
