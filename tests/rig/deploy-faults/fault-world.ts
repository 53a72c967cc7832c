import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type DeployRecord, deployRecordSchema } from '../../../shared/schemas/bridge.ts';
import { type CliResult, Desk } from '../../integration/cli/run-cli.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { type Cluster, startCluster } from '../cluster/start-cluster.ts';
import { installGates } from './gate.ts';
import {
  differencesFromNew,
  differencesFromOld,
  type NodeState,
  pendingOn,
  readState,
  type WantedState,
} from './node-state.ts';
import { Operator } from './operator.ts';
import { describe, lineOf, makeDesigns, type TableDesign } from './stand.ts';

/** Of a deploy that nobody means to fail, on a machine that has other things to do. */
export const patientWindow = 90;
/** Longer than a window, a reboot and the patience of the app together. */
const longest = 120_000;
const moment = 200;

/** Three booted nodes that one fault after the other happens to, and what they have. */
export class FaultWorld implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly designs: readonly TableDesign[];
  readonly operator: Operator;
  readonly desk: Desk;
  /** By node, before anything was deployed. */
  readonly #clean: ReadonlyMap<string, NodeState>;
  /** By node: the links with the first design. */
  readonly #links = new Map<string, readonly string[]>();
  current: TableDesign | undefined;
  /** false: the cell before it failed somewhere, so nobody knows what the nodes have. */
  isWhole = true;

  private constructor(
    cluster: Cluster,
    designs: readonly TableDesign[],
    clean: ReadonlyMap<string, NodeState>,
  ) {
    this.cluster = cluster;
    this.designs = designs;
    this.#clean = clean;
    this.desk = new Desk();
    this.operator = new Operator(this.desk, cluster, 'first', cluster.lab);
  }

  static async open(): Promise<FaultWorld> {
    const cluster = await startCluster();
    try {
      await Promise.all(cluster.nodes.map((node) => installGates(node)));
      const designs = await makeDesigns(
        cluster.lab,
        cluster.nodes.map(({ name }) => name),
      );
      const clean = await statesOf(cluster.nodes);
      return new FaultWorld(cluster, designs, clean);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.desk.remove();
    await this.cluster.stop();
  }

  /** Whether it is known which links the nodes have with a bridge: a deploy that nothing happened to has shown it. */
  get hasLinks(): boolean {
    return this.#links.size > 0;
  }

  design(index: number): TableDesign {
    const design = this.designs[index];
    if (design === undefined) throw new Error(`no design ${index}`);
    return design;
  }

  /** One that the nodes do not have. */
  other(): TableDesign {
    return this.current === this.designs[0] ? this.design(1) : this.design(0);
  }

  /** A deploy that nothing happens to. Each node has exactly what it should afterwards. */
  async deployCleanly(design: TableDesign): Promise<void> {
    describe(this.operator.lab, design);
    const before = await this.states();
    const end = await this.operator.deploy(design.name, patientWindow).ended;
    if (end.code !== 0) throw new Error(`a deploy that nothing happens to: ${end.stdout.slice(-3000)}`);
    const deploy = deployOf(end) ?? '';
    await this.settled();
    if (this.#links.size === 0) {
      for (const node of this.cluster.nodes) this.#links.set(node.name, (await readState(node)).links);
    }
    for (const node of this.cluster.nodes) {
      const left = differencesFromNew(this.wanted(node, before, design, deploy), await readState(node));
      if (left.length > 0) throw new Error(`${node.name} after a deploy:\n${left.join('\n')}`);
    }
    this.current = design;
  }

  /** As before any deploy, past all programs of a deploy. */
  async wipe(): Promise<void> {
    const paths = this.designs.flatMap(({ files }) => [...files.values()].flat().map(({ path }) => path));
    const folders = [...new Set(paths.map((path) => dirname(path)))];
    await Promise.all(
      this.cluster.nodes.map(async (node) => {
        const clean = this.#clean.get(node.name);
        const made = folders.filter((folder) => clean?.folders.has(folder) === false);
        await node.exec(['systemctl', 'stop', 'thunderbridge.service', 'sifaka-bridge-*']);
        await node.ok('rm', '-rf', '/var/lib/sifaka', '/run/sifaka-bridge', ...new Set(paths), ...made);
        await node.ok('find', '/etc', '/usr/local', '-name', '*sifaka-*', '-delete');
        await node.ok('udevadm', 'control', '--reload');
        await node.ok('systemctl', 'daemon-reload');
        await node.ok('ifreload', '-a');
        await node.exec(['ip', 'link', 'delete', 'thunderbridge']);
        for (const port of ['thunderbolt0', 'thunderbolt1'])
          await node.ok('ip', 'link', 'set', port, 'down', 'mtu', '65520');
      }),
    );
    this.current = undefined;
    rmSync(join(this.operator.lab, 'deploy/history'), { recursive: true, force: true });
    await this.settled();
    const before = this.#clean;
    for (const node of this.cluster.nodes) {
      const clean = before.get(node.name);
      const left = clean === undefined ? [] : differencesFromOld(clean, await readState(node));
      if (left.length > 0) throw new Error(`${node.name} is not as before any deploy:\n${left.join('\n')}`);
    }
  }

  states(): Promise<ReadonlyMap<string, NodeState>> {
    return statesOf(this.cluster.nodes);
  }

  /** What a node has once a design is on it: all that was there, without the files of designs, and that design's. */
  wanted(
    node: ClusterNode,
    before: ReadonlyMap<string, NodeState>,
    design: TableDesign,
    deploy: string,
  ): WantedState {
    const was = before.get(node.name);
    const links = this.#links.get(node.name);
    if (was === undefined || links === undefined) throw new Error(`no state of ${node.name}`);
    const files = new Map(was.files);
    for (const one of this.designs) for (const { path } of one.files.get(node.name) ?? []) files.delete(path);
    const folders = new Map(was.folders);
    for (const file of design.files.get(node.name) ?? []) {
      files.set(file.path, lineOf(file));
      for (let at = dirname(file.path); !folders.has(at); at = dirname(at)) folders.set(at, '755 root:root');
    }
    return {
      files,
      folders,
      links: links.map((line) => design.likeThis(line)),
      deployed: ['sifaka.bridge-deployed/1', `deploy ${deploy}`, `design ${design.name}`],
    };
  }

  /** Waits until nothing is about to happen on these nodes any more. */
  async settled(nodes: readonly ClusterNode[] = this.cluster.nodes): Promise<void> {
    for (const node of nodes)
      await until(`${node.name} is settled`, async () => {
        const pending = await pendingOn(node);
        return pending.length === 0 ? undefined : pending.join('\n');
      });
  }

  /** What keeps the nodes from being whole; ports that a neighbour's reboot took away may still be coming back. */
  async differences(find: (node: ClusterNode) => Promise<string[]>): Promise<string[]> {
    const left = new Map<string, string[]>();
    const deadline = Date.now() + 20_000;
    for (const node of this.cluster.nodes) {
      let found = await find(node);
      while (found.length > 0 && Date.now() < deadline) {
        await wait(moment);
        found = await find(node);
      }
      left.set(node.name, found);
    }
    return [...left].flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`));
  }

  /** `undefined` when a deploy never got so far. */
  record(id: string): DeployRecord | undefined {
    const file = join(this.operator.lab, 'deploy/history', `${id}.json`);
    if (!existsSync(file)) return undefined;
    return deployRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  }
}

/** The id of the deploy that a finished command ran, if it came to that. */
export function deployOf({ lines }: CliResult): string | undefined {
  const started = lines.find(({ type }) => type === 'started');
  return started === undefined ? undefined : String(started['id']);
}

async function statesOf(nodes: readonly ClusterNode[]): Promise<ReadonlyMap<string, NodeState>> {
  return new Map(await Promise.all(nodes.map(async (node) => [node.name, await readState(node)] as const)));
}

/** Polls until `isSo` answers nothing; what it answered last is said when it never does. */
export async function until(
  what: string,
  isSo: () => Promise<string | undefined>,
  milliseconds = longest,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const not = await isSo();
    if (not === undefined) return;
    if (Date.now() > deadline) throw new Error(`never: ${what}\n${not}`);
    await wait(moment);
  }
}
