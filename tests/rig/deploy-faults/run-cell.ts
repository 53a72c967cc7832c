import { expect } from 'vitest';
import { type CliResult, type RunningCli } from '../../integration/cli/run-cli.ts';
import type { ClusterNode } from '../cluster/node.ts';
import type { FaultCell, FaultStep } from './fault-cells.ts';
import { deployOf, type FaultWorld, patientWindow, until } from './fault-world.ts';
import { breakIfreload, closeGate, type GatePlace, isAtGate, mendIfreload, openGate } from './gate.ts';
import { differencesFromNew, differencesFromOld, type NodeState, readState } from './node-state.ts';
import { Operator } from './operator.ts';
import { describe, type TableDesign } from './stand.ts';

/** For a deploy that nobody confirms: as short as may be, or as it takes to get so far. */
function windowOf({ ends, step }: FaultCell): number {
  if (ends === 'new' || ends === 'same') return patientWindow;
  return step === 'verify' || step === 'confirm' ? 45 : 30;
}

/** Where a program of the node stands still, so that something can happen to it there and nowhere else. */
const places: Readonly<Record<FaultStep, GatePlace>> = {
  // It has just become true, and the node has not said so.
  arm: { side: 'behind', command: 'mv', matches: '*arming-*armed' },
  // The first file has its new content.
  swap: { side: 'behind', command: '[lm][nv]', matches: '*10-thunderbolt.sifaka-new*' },
  // The network has the new files, and nobody knows yet.
  reload: { side: 'behind', command: 'ifreload', matches: '*' },
  verify: { side: 'before', command: 'ping', matches: '*' },
  // The next rename decides.
  confirm: { side: 'before', command: 'mv', matches: '*undecided*confirmed*' },
};

/** With a disk that is full before what it needs is on it. */
const whileReceiving: GatePlace = { side: 'before', command: 'sync', matches: '*arming-*' };

/** A deploy that something happens to. */
interface Scene {
  readonly world: FaultWorld;
  readonly cell: FaultCell;
  /** The node that it happens to. */
  readonly victim: ClusterNode;
  readonly app: RunningCli;
  readonly deploy: string;
  readonly target: TableDesign;
  /** The other operator's deploy, where there is one. */
  other?: { readonly ended: Promise<CliResult>; deploy?: string | undefined };
}

/** What became of a cell, on one line for who reads the run. */
export async function runCell(world: FaultWorld, cell: FaultCell, victim: ClusterNode): Promise<string> {
  const began = Date.now();
  if (!world.isWhole) await world.wipe();
  world.isWhole = false;
  const needsLinks = !world.hasLinks && cell.ends !== 'old';
  if (world.current === undefined && (cell.over === 'a bridge' || needsLinks))
    await world.deployCleanly(world.design(0));
  if (cell.over === 'nothing' && world.current !== undefined) await world.wipe();
  const target = world.other();
  describe(world.operator.lab, target);
  const before = await world.states();
  await prepare(cell, victim);
  const app = world.operator.deploy(target.name, windowOf(cell));
  const other = await atTheSameTime(world, cell);
  // None where it was refused.
  const started = await app.event('started').catch(() => undefined);
  const scene: Scene = { world, cell, victim, app, target, deploy: String(started?.['id']), ...other };
  let end: CliResult;
  try {
    await happens(scene);
    if (cell.ends !== 'named') await healed(scene);
    end = await app.ended;
    if (scene.other !== undefined) scene.other.deploy = deployOf(await scene.other.ended);
    await world.settled();
  } finally {
    await heal(scene);
  }
  const ends = await expectWhole(scene, before);
  await expectHonest(scene, end, ends);
  const last = end.last;
  // What was split is new everywhere by now.
  if (ends.includes('new')) world.current = target;
  else if (ends.includes('other')) world.current = world.design(2);
  await world.deployCleanly(world.other());
  world.isWhole = true;
  const said = end.code === null ? 'killed' : end.code === 0 ? 'done' : String(last['code']);
  return `${cell.fault} · ${cell.step}: ${ends.join(', ')}; ${said}; ${Math.round((Date.now() - began) / 1000)} s`;
}

async function prepare({ fault, step }: FaultCell, victim: ClusterNode): Promise<void> {
  if (fault === 'operators' && step === 'arm') return;
  if (fault === 'ifreload' && step === 'arm')
    return breakIfreload(victim, { times: 'always', does: 'nothing' });
  if (fault === 'ifreload' && step === 'reload')
    return breakIfreload(victim, { times: 'once', does: 'its work' });
  await closeGate(victim, fault === 'disk' && step === 'arm' ? whileReceiving : places[step]);
}

/** Two operators who begin in the same moment. */
async function atTheSameTime(world: FaultWorld, { fault, step }: FaultCell): Promise<Pick<Scene, 'other'>> {
  return fault === 'operators' && step === 'arm' ? { other: anotherDeploys(world) } : {};
}

function anotherDeploys(world: FaultWorld): NonNullable<Scene['other']> {
  const operator = Operator.withCopy(world.desk, world.cluster, `second-${Date.now()}`, world.operator);
  const third = world.design(2);
  describe(operator.lab, third);
  return { ended: operator.deploy(third.name, patientWindow).ended };
}

async function happens(scene: Scene): Promise<void> {
  const { world, cell, victim, app, deploy } = scene;
  const { fault, step } = cell;
  if (scene.other !== undefined) return;
  if (fault === 'ifreload' && (step === 'arm' || step === 'reload')) return;
  await atThePlace(scene);
  switch (fault) {
    case 'cut':
      await victim.cutManagement();
      break;
    case 'reboot':
      if (step === 'confirm') await othersKeep(scene);
      await victim.reboot({ hard: true });
      break;
    case 'sshd':
      if (step === 'confirm') await othersKeep(scene);
      await victim.killSshd();
      // What a session runs ends with it.
      if (step === 'confirm') await isGone(victim, `confirm ${deploy}`);
      break;
    case 'disk':
      await victim.fillDisk();
      break;
    case 'ifreload':
      await breakIfreload(victim, { times: step === 'swap' ? 'once' : 'always', does: 'nothing' });
      // Rolled back without it.
      if (step === 'verify') app.child.kill('SIGINT');
      break;
    case 'killed':
      if (step === 'confirm') await othersKeep(scene);
      app.child.kill('SIGKILL');
      break;
    case 'asleep':
      if (step === 'confirm') await othersKeep(scene);
      app.child.kill('SIGSTOP');
      if (step === 'confirm') await goesBack(victim);
      await openGate(victim);
      await world.settled();
      app.child.kill('SIGCONT');
      break;
    case 'operators':
      scene.other = anotherDeploys(world);
      await scene.other.ended;
      break;
    case 'program':
      await killProgram(victim, deploy);
      break;
    case 'clock':
      world.operator.setClock(86_400);
      for (const [index, node] of world.cluster.nodes.entries()) node.setClock((index - 1) * 7200 - 60);
      if (step !== 'arm') await expectMonotonic(victim, deploy);
      break;
  }
  if (fault !== 'reboot') await openGate(victim);
}

/** The clock of a container cannot be set: that its time of day does not matter is seen in what systemd was told. */
async function expectMonotonic(victim: ClusterNode, deploy: string): Promise<void> {
  const timer = `sifaka-bridge-settle-${deploy}.timer`;
  const show = ['systemctl', 'show', '--property=TimersMonotonic,TimersCalendar', timer];
  expect(await victim.ok(...show)).toMatch(/^TimersMonotonic={ OnActiveUSec=[^;]+ ; next_elapse=.*}\n$/);
}

async function atThePlace({ victim, app }: Scene): Promise<void> {
  let ended: CliResult | undefined;
  void app.ended.then((end) => (ended = end));
  await until('the deploy is where it shall be', async () => {
    if (await isAtGate(victim)) return undefined;
    if (ended !== undefined) throw new Error(`it ended before: ${ended.stdout.slice(-2000)}${ended.stderr}`);
    return 'not yet';
  });
}

/** With all that it started, as when memory runs out; what stands at the gate must not go on without it. */
async function killProgram(victim: ClusterNode, deploy: string): Promise<void> {
  await victim.ok('pkill', '-KILL', '-f', `(^/bin/sh -c .* ${deploy})|( apply-now ${deploy})`);
  await victim.ok('pkill', '-KILL', '-f', '^/bin/sh /usr/s?bin/');
}

async function isGone(victim: ClusterNode, program: string): Promise<void> {
  await until(`${program} is gone`, async () =>
    (await victim.exec(['pgrep', '-f', program])).code === 1 ? undefined : 'it runs',
  );
}

async function goesBack(victim: ClusterNode): Promise<void> {
  await until(`${victim.name} goes back by itself`, async () => {
    const { code } = await victim.exec(['test', '-e', '/var/lib/sifaka/bridge/armed/undecided']);
    return code === 0 ? 'undecided' : undefined;
  });
}

async function othersKeep({ world, victim, deploy }: Scene): Promise<void> {
  for (const node of world.cluster.nodes.filter(({ name }) => name !== victim.name))
    await until(`${node.name} keeps it`, async () => {
      const kept = ['grep', '-q', deploy, '/var/lib/sifaka/bridge/deployed'];
      return (await node.exec(kept)).code === 0 ? undefined : 'not yet';
    });
}

/** Once every node has settled without anybody's help, what was cut is mended: the app may still hear of it. */
async function healed(scene: Scene): Promise<void> {
  const { world, cell } = scene;
  // These are mended by nobody while they still matter.
  if (cell.fault === 'ifreload' || cell.fault === 'disk') await scene.app.ended;
  await world.settled();
  await heal(scene);
}

async function heal({ cell, world, victim, app }: Scene): Promise<void> {
  await openGate(victim);
  await mendIfreload(victim);
  if (cell.fault === 'cut') await victim.restoreManagement();
  if (cell.fault === 'sshd' && (await victim.exec(['pgrep', '-x', 'sshd'])).code !== 0)
    await victim.startSshd();
  if (cell.fault === 'disk') await victim.freeDisk();
  if (cell.fault === 'clock') {
    world.operator.setClock(0);
    for (const node of world.cluster.nodes) node.setClock(0);
  }
  app.child.kill('SIGCONT');
}

type NodeEnd = 'old' | 'new' | 'other';

/** Each node is exactly on one side, and they are on the sides that the cell says. */
async function expectWhole(scene: Scene, before: ReadonlyMap<string, NodeState>): Promise<NodeEnd[]> {
  const { world, cell, victim } = scene;
  const ends = new Map<string, NodeEnd>();
  const left = await world.differences(async (node) => {
    const now = await readState(node);
    const end = sideOf(scene, now);
    ends.set(node.name, end);
    return differencesTo(scene, end, node, before, now);
  });
  expect(left).toEqual([]);
  const nodes = world.cluster.nodes.map(({ name }) => ends.get(name) ?? 'old');
  const all = (end: NodeEnd) => nodes.map(() => end);
  switch (cell.ends) {
    case 'old':
      expect(nodes).toEqual(all('old'));
      break;
    case 'new':
    case 'named':
      expect(nodes).toEqual(all('new'));
      break;
    case 'same':
      expect(new Set(nodes).size).toBe(1);
      break;
    case 'split':
      expect([...ends]).toEqual(
        world.cluster.nodes.map(({ name }) => [name, name === victim.name ? 'old' : 'new']),
      );
      break;
  }
  return nodes;
}

/** Which deploy the node says it has. */
function sideOf({ deploy, other }: Scene, { deployed }: NodeState): NodeEnd {
  const id = /^deploy (\S+)$/m.exec(deployed)?.[1];
  if (id === deploy) return 'new';
  return id !== undefined && id === other?.deploy ? 'other' : 'old';
}

function differencesTo(
  { world, target, deploy, other }: Scene,
  end: NodeEnd,
  node: ClusterNode,
  before: ReadonlyMap<string, NodeState>,
  now: NodeState,
): string[] {
  const was = before.get(node.name);
  if (was === undefined) throw new Error(`no state of ${node.name}`);
  if (end === 'old') return differencesFromOld(was, now);
  const design = end === 'new' ? target : world.design(2);
  const id = end === 'new' ? deploy : (other?.deploy ?? '');
  return differencesFromNew(world.wanted(node, before, design, id), now);
}

/** The record and the words of the app are what the nodes are; a split is named, and ended by `converge`. */
async function expectHonest(scene: Scene, end: CliResult, ends: NodeEnd[]): Promise<void> {
  const { world, cell, deploy, victim } = scene;
  const isKilled = cell.fault === 'killed';
  const code = end.code === 0 ? 'done' : end.last['code'];
  const sides = new Set(ends);
  if (!isKilled) {
    const isKnownAsNew = ends.every((one) => one === 'new') && cell.ends !== 'named';
    if (isKnownAsNew) expect(code, end.stdout).toBe('done');
    else if (cell.ends === 'split' || cell.ends === 'named') expect(code, end.stdout).toBe('DEPLOY_SPLIT');
    else expect(code, end.stdout).not.toBe('done');
  }
  const record = world.record(deploy);
  // One that was refused before anything was armed has none.
  if (record === undefined) {
    expect(sides).not.toContain('new');
    return;
  }
  const names = world.cluster.nodes.map(({ name }) => name);
  const isOpen = isKilled || cell.ends === 'split' || cell.ends === 'named';
  for (const [index, name] of names.entries()) {
    const said = record.nodes.find(({ node }) => node === name)?.state;
    const mayBeUnknown = isKilled
      ? 'started'
      : cell.ends === 'named' && name === victim.name
        ? 'unknown'
        : '';
    const is = ends[index] === 'new' ? 'new' : 'old';
    expect([is, mayBeUnknown], `${name} in the record`).toContain(said);
  }
  expect(record.state).toBe(
    isKilled ? 'started' : isOpen ? 'split' : sides.has('new') ? 'confirmed' : 'rolled-back',
  );
  if (isOpen) await expectConverged(scene, sides.has('new'));
}

async function expectConverged({ world, deploy, target }: Scene, isNew: boolean): Promise<void> {
  const before = await world.states();
  const end = await world.operator.converge();
  expect(end.code, end.stdout + end.stderr).toBe(0);
  await world.settled();
  const record = world.record(deploy);
  expect(record).toMatchObject({
    state: isNew ? 'confirmed' : 'rolled-back',
    nodes: world.cluster.nodes.map(({ name }) => ({ node: name, state: isNew ? 'new' : 'old' })),
  });
  const left = await world.differences(async (node) => {
    const now = await readState(node);
    const was = before.get(node.name);
    if (was === undefined) throw new Error(`no state of ${node.name}`);
    if (!isNew || was.deployed.includes(deploy)) return differencesFromOld(was, now);
    // It came by a deploy of its own.
    const id = deployOf(end) ?? '';
    const wanted = world.wanted(node, before, target, id);
    return differencesFromNew({ ...wanted, deployed: wanted.deployed.slice(0, 2) }, now);
  });
  expect(left).toEqual([]);
}
