import { openDeploy } from '../../../../shared/open-deploy.ts';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { BridgeRequest, DeployRecord, DeploySummary } from '../../../../shared/schemas/bridge.ts';
import type { Destination, Destinations } from '../../ssh/destination.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { NodeEnd } from '../../node-deploy/deploy-node.ts';
import { bridgeNodeParts, bridgeWords } from './bridge-words.ts';
import { noteConverged } from './deploy-logbook.ts';
import { listDeployRecords, summaryOf, writeDeployRecord } from './deploy-records.ts';
import { askUntil, type DeployingNode } from '../../node-deploy/ask-deploying-node.ts';
import { endOf, type NodeAnswer } from '../../node-deploy/node-answer.ts';
import { readNodeProgram } from '../../node-deploy/node-program.ts';
import { isChangedNode, settledRecord } from './settle-source.ts';

export interface Convergence {
  readonly deploy: DeploySummary;
  /** What has to be deployed so that all nodes are the same again; missing when they are, or when none of them answers. */
  readonly request?: BridgeRequest;
}

/** How long a node may take to answer, and as long again to settle what it still holds. */
const patienceMilliseconds = 20_000;

/**
 * Ends what a deploy left open: one that was split, or whose program died. The nodes say what they have; one that still
 * waits is confirmed or told to go back, and the record says what came of it. Where that leaves nodes on both states, the
 * request that ends it is answered, to be planned and reviewed as any other. Without `to`: the new state when some node
 * keeps it, else the old one. DEPLOY_UNKNOWN when nothing is open; DEPLOY_REFUSED while it still runs.
 */
export async function converge(
  parts: BridgeServiceParts,
  to: 'new' | 'old' | undefined,
  signal: AbortSignal,
): Promise<Convergence> {
  const record = await openRecord(parts);
  const program = await readNodeProgram(parts.resources, bridgeNodeParts);
  const { destinations } = await parts.ssh.ways();
  const changed = record.nodes.filter(isChangedNode).map(({ node }) => node);
  const asked = changed.flatMap((node): DeployingNode[] => {
    const destination = wayTo(destinations, node);
    return destination === undefined
      ? []
      : [{ ssh: parts.ssh, node, destination, program, words: bridgeWords }];
  });
  const answers = await eachNode(asked, (node) => status(node, record.id, signal));
  const isOurs = (await parts.jobs.list()).some(({ id }) => id === record.id);
  if (!isOurs) refuseWhileElsewhere(record.id, answers);
  const ends = [...answers.values()].map((answer) => answer && endOf(answer, record.id));
  const keeps = ends.includes('new');
  const target = to ?? (keeps ? 'new' : 'old');
  // What nobody proved is not confirmed: without a node that was, the new state comes by a new deploy.
  const settle = target === 'new' && keeps ? 'confirm' : 'restore';
  const settled = await eachNode(asked, async (node): Promise<NodeEnd> => {
    const answer = answers.get(node.node);
    if (answer === undefined) return 'unknown';
    const end = endOf(answer, record.id);
    if (end === 'new') return end;
    const isArmed = answer.armed?.deploy === record.id;
    return isArmed ? settleNode(node, record.id, settle, signal) : (end ?? 'unknown');
  });
  const nodes = record.nodes.map((node) => ({
    ...node,
    state: stateOf(node, changed.includes(node.node) ? (settled.get(node.node) ?? 'unknown') : undefined),
  }));
  const after = settledRecord({ ...record, nodes });
  await writeDeployRecord(parts.lab, after, { replaces: true });
  await noteConverged(parts.lab, after);
  const others = nodes.filter(({ node }) => settled.get(node) === (target === 'new' ? 'old' : 'new'));
  const wanted = others.map(({ node }) => node);
  const source = { kind: 'deploy', id: record.id, state: target === 'new' ? 'after' : 'before' } as const;
  return {
    deploy: summaryOf(after),
    ...(wanted.length === 0 ? {} : { request: { source, nodes: wanted, mode: 'all', windowSeconds: 120 } }),
  };
}

async function openRecord({ lab, jobs }: BridgeServiceParts): Promise<DeployRecord> {
  const found = openDeploy(await listDeployRecords(lab));
  if (found === undefined) {
    throw new Problem('DEPLOY_UNKNOWN', {
      what: 'No deploy is split or was cut off.',
      state: 'Nothing was asked or changed.',
      next: '`sifaka bridge deploys` lists them, and `sifaka bridge check` says how the bridge is.',
    });
  }
  const running = (await jobs.list()).some(({ id, state }) => id === found.id && state === 'running');
  if (running) {
    throw new Problem('DEPLOY_REFUSED', {
      what: `The deploy ${found.id} still runs.`,
      state: 'Nothing was asked or changed.',
      next: `Follow it with \`sifaka jobs follow ${found.id}\`; it says itself how it ends.`,
    });
  }
  return found;
}

/**
 * A deploy that no job of this machine made may run on another one now, which has the same lab: while a node still waits for
 * it, nobody here can tell, and a node that was told to go back would spoil it.
 */
function refuseWhileElsewhere(id: string, answers: ReadonlyMap<string, NodeAnswer | undefined>): void {
  for (const [node, answer] of answers) {
    const armed = answer?.armed;
    if (armed?.deploy !== id || armed.decision !== 'undecided' || armed.secondsLeft <= 0) continue;
    throw new Problem('DEPLOY_REFUSED', {
      what: `The deploy ${id} was started on another machine${armed.who === '' ? '' : `, by ${armed.who}`}, and may still run: ${node} waits for it.`,
      state: 'Nothing was changed.',
      next: `Look there; or wait ${Math.ceil(armed.secondsLeft)} s, until ${node} has taken it back by itself, and try again.`,
    });
  }
}

/** One that is silent now is still what it is known to have become: that ends no more by itself. */
function stateOf(
  { state }: DeployRecord['nodes'][number],
  now: NodeEnd | undefined,
): DeployRecord['nodes'][number]['state'] {
  const isSettled = state === 'new' || state === 'old';
  return now === undefined || (now === 'unknown' && isSettled) ? state : now;
}

/** `undefined` for one that the cluster file does not lead to any more: nothing is known of it, and the others are settled. */
function wayTo(destinations: Destinations, node: string): Destination | undefined {
  try {
    return destinations.toNode(node);
  } catch (error) {
    if (asProblem(error) === undefined) throw error;
    return undefined;
  }
}

async function status(
  node: DeployingNode,
  deploy: string,
  signal: AbortSignal,
): Promise<NodeAnswer | undefined> {
  try {
    const until = performance.now() + patienceMilliseconds;
    return await askUntil(node, ['status', deploy, 'applied', '0'], { until, signal });
  } catch (error) {
    const code = asProblem(error)?.code;
    if (code === undefined || code === 'CANCELLED') throw error;
    return undefined;
  }
}

async function settleNode(
  node: DeployingNode,
  deploy: string,
  request: 'confirm' | 'restore',
  signal: AbortSignal,
): Promise<NodeEnd> {
  try {
    const until = performance.now() + patienceMilliseconds;
    const first = await askUntil(node, [request, deploy], { until, signal });
    // What could not be confirmed any more goes back.
    if (endOf(first, deploy) === undefined) await askUntil(node, ['restore', deploy], { until, signal });
    const settled = await askUntil(node, ['status', deploy, 'settled', '30'], { until, signal });
    return endOf(settled, deploy) ?? 'unknown';
  } catch (error) {
    const code = asProblem(error)?.code;
    if (code === undefined || code === 'CANCELLED') throw error;
    return 'unknown';
  }
}

async function eachNode<Result>(
  nodes: readonly DeployingNode[],
  work: (node: DeployingNode) => Promise<Result>,
): Promise<Map<string, Result>> {
  return new Map(await Promise.all(nodes.map(async (node) => [node.node, await work(node)] as const)));
}
