import { setTimeout } from 'node:timers/promises';
import type { Cluster } from '../../rig/cluster/start-cluster.ts';
import { writeClientConfig } from './client-config.ts';
import type { Contestant, Task, Times } from './contestants/contestant.ts';
import { sshLoop } from './contestants/ssh-loop.ts';
import type { Result } from './report.ts';
import { checkNodesHave, designNames, filesOfDesign, makeTwoDesigns } from './two-designs.ts';

/**
 * Every contestant once a round, the order turned by one each round; the medians of all rounds. Each finds the other
 * design on the nodes, as whoever ran before it left them, and is checked afterwards.
 */
export async function compete(
  contestants: readonly Contestant[],
  cluster: Cluster,
  { rounds, signal }: { readonly rounds: number; readonly signal: AbortSignal },
): Promise<Result[]> {
  await makeTwoDesigns(cluster);
  const client = writeClientConfig(cluster);
  let turn = 0;
  const nextTask = async (): Promise<Task> => {
    const design = designNames[turn % 2 === 0 ? 0 : 1];
    turn += 1;
    return { cluster, design, files: await filesOfDesign(cluster, design), client, signal };
  };
  await sshLoop({ shared: false }).run(await nextTask());
  await bridgesSettle(cluster, signal);

  const measured = new Map<Contestant, Times[]>(contestants.map((one) => [one, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < contestants.length; index += 1) {
      const contestant = contestants[(index + round) % contestants.length];
      if (contestant === undefined || (contestant.once && round > 0)) continue;
      signal.throwIfAborted();
      process.stderr.write(`${cluster.nodes.length} nodes, round ${round + 1}: ${contestant.name} …`);
      const task = await nextTask();
      const times = await contestant.run(task);
      process.stderr.write(` ${(times.push ?? times.whole).toFixed(2)} s\n`);
      await checkNodesHave(cluster, task.design, task.files);
      measured.get(contestant)?.push(times);
    }
  }
  return [...measured].map(([{ name }, times]) => mediansOf(name, cluster.nodes.length, times));
}

/** STP holds the ports of a new bridge back, which whoever came first would wait for alone. */
async function bridgesSettle(cluster: Cluster, signal: AbortSignal): Promise<void> {
  for (;;) {
    const states = await Promise.all(cluster.nodes.map((node) => node.bridge('link')));
    if (states.flat().every(({ state }) => state === 'forwarding' || state === 'blocking')) return;
    await setTimeout(200, undefined, { signal });
  }
}

function mediansOf(contestant: string, nodes: number, times: readonly Times[]): Result {
  const of = (figure: (one: Times) => number | undefined): number | undefined => {
    const values = times.map(figure).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    contestant,
    nodes,
    push: of(({ push }) => push),
    slowestPush: Math.max(...times.map(({ push }) => push ?? 0)),
    whole: of(({ whole }) => whole) ?? Number.NaN,
    nodesCpu: of((one) => one.nodesCpu),
    parts: (times[0]?.parts ?? []).map(({ name }, index) => ({
      name,
      seconds: of(({ parts }) => parts?.[index]?.seconds) ?? Number.NaN,
    })),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
