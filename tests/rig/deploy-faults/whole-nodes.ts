import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { clusterTools } from '../cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../required-tools.ts';
import { type FaultCell, nameOf, wordsOf } from './fault-cells.ts';
import { FaultWorld } from './fault-world.ts';
import { runCell } from './run-cell.ts';

/** Chooses what is tried, and which node it happens to; printed, so that a run can be had again. */
export const faultSeed = process.env['SIFAKA_FAULT_SEED'] ?? randomBytes(4).toString('hex');

interface Options {
  /** Booted beside each other; the cells are shared out. Most of a cell is waiting. */
  readonly clusters: number;
}

/** On a machine that has other things to do. */
const timeout = 1_800_000;

/** Tests of cells of the table, on each cluster one after the other. */
export function wholeNodes(cells: readonly FaultCell[], { clusters }: Options): void {
  const isRoot = process.getuid?.() === 0;
  const tools = [...clusterTools, 'faketime'];
  const worlds: FaultWorld[] = [];
  const turns = Array.from({ length: clusters }, () => Promise.resolve());
  beforeAll(async () => {
    if (!isRoot || !tools.every(isOnPath)) return;
    for (let at = 0; at < clusters; at += 1) worlds.push(await FaultWorld.open());
  }, timeout);
  afterAll(() => Promise.all(worlds.map((world) => world[Symbol.asyncDispose]())));
  beforeEach((context) => {
    requireTools(context, ...tools);
    if (!isRoot) unproven(context, 'nodes are booted by root');
  });

  const test = clusters > 1 ? it.concurrent : it;
  describe(`every node is whole, and on the side that it says (SIFAKA_FAULT_SEED=${faultSeed}), when`, () => {
    for (const [index, cell] of cells.entries())
      test(`${nameOf(cell)}: ${wordsOf(cell)}`, { timeout }, async () => {
        const slot = index % clusters;
        const turn = (turns[slot] ?? Promise.resolve()).then(() => tried(worlds[slot], cell, index));
        turns[slot] = turn.catch(() => undefined);
        await turn;
      });
  });
}

async function tried(world: FaultWorld | undefined, cell: FaultCell, index: number): Promise<void> {
  const at = index + createHash('sha256').update(faultSeed).digest().readUInt16BE();
  const victim = world?.cluster.nodes[at % world.cluster.nodes.length];
  if (world === undefined || victim === undefined) throw new Error('every number has a cluster and a node');
  console.log(await runCell(world, cell, victim));
}
