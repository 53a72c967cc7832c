import { randomUUID } from 'node:crypto';
import { Problem } from '../../../../shared/problem.ts';
import type { StepDefinition } from '../../../../shared/progress.ts';
import type { BridgeCheck, BridgeNode, CheckFinding, PairResult } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { lookAtNodes } from '../facts/look.ts';
import { CheckLanes, type CheckReporter } from './check-lanes.ts';
import { checkFindings } from './findings.ts';
import { notTried, type PairParts, pairsOf, tryPairs } from './pairs.ts';
import { measure, nodesWithIperf } from './throughput.ts';

export interface CheckRequest {
  /** All of the bridge unless told; NODE_UNKNOWN for any other. Only pairs among them are tried. */
  readonly nodes?: readonly string[] | undefined;
  readonly throughput: boolean;
  readonly trigger: BridgeCheck['trigger'];
}

export const checkSteps = (throughput: boolean): StepDefinition[] => [
  { id: 'look', label: 'Asking the nodes for their bridges', unit: 'steps', weight: 1 },
  { id: 'ping', label: 'Sending full frames between all pairs of nodes', unit: 'steps', weight: 3 },
  ...(throughput
    ? [{ id: 'throughput', label: 'Measuring, one pair at a time', unit: 'steps' as const, weight: 12 }]
    : []),
];

/** Nodes that send at the same time; each of them sends to several others. */
const mostSenders = 16;

/**
 * Checks each node's part, and every pair of nodes both ways with frames that fill the MTU. Nothing is changed on the
 * nodes. What is wrong is in the answer; thrown are NODE_UNKNOWN, those of `Ssh.ways`, and CANCELLED.
 */
export async function checkBridge(
  parts: Pick<BridgeServiceParts, 'ssh' | 'clock'>,
  bridge: ClusterBridge,
  { nodes: named, throughput, trigger }: CheckRequest,
  signal: AbortSignal,
  report?: CheckReporter,
): Promise<BridgeCheck> {
  const chosen = chooseNodes(bridge, named);
  const at = parts.clock.now().toISOString();
  const lanes = new CheckLanes(chosen, report);
  lanes.looking();
  const nodes = await lookAtNodes(parts, bridge, chosen, signal);
  const pairParts: PairParts = { ssh: parts.ssh, ways: await parts.ssh.ways(), bridge, signal };
  const tried = await tryAll(pairParts, nodes, lanes);
  const measured = throughput
    ? await measureAll(pairParts, nodes, tried, lanes)
    : { pairs: tried, findings: [] };
  const findings = [...checkFindings({ bridge, nodes, pairs: tried, trigger }), ...measured.findings];
  const passed =
    tried.every((pair) => pair.passed) && findings.every(({ severity }) => severity === 'warning');
  lanes.judged(tried, findings);
  return {
    schema: 'sifaka.bridge-check/1',
    id: randomUUID(),
    cluster: bridge.cluster,
    at,
    trigger,
    passed,
    mtu: bridge.mtu,
    nodes: [...nodes],
    pairs: measured.pairs,
    findings,
  };
}

/** Those of the bridge that were named, in its order; NODE_UNKNOWN. */
export function chooseNodes(bridge: ClusterBridge, named: readonly string[] | undefined): string[] {
  const all = bridge.nodes.map(({ node }) => node);
  const unknown = named?.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new Problem('NODE_UNKNOWN', {
      what: `${unknown} is no node of the bridge ${bridge.bridge}.`,
      state: 'Nothing was asked.',
      next: `Name nodes that have a thunderbridge in ${bridge.file}: ${all.join(', ')}.`,
    });
  return named === undefined ? all : all.filter((name) => named.includes(name));
}

async function tryAll(
  parts: PairParts,
  nodes: readonly BridgeNode[],
  lanes: CheckLanes,
): Promise<PairResult[]> {
  const pairs = pairsOf(nodes.map(({ node }) => node));
  lanes.pinging(pairs.length);
  const results = new Map<string, PairResult[]>();
  const waiting = nodes.values();
  const worker = async () => {
    for (const { node, problem } of waiting) {
      const own = pairs.filter(({ from }) => from === node);
      if (problem === undefined) {
        results.set(node, await tryPairs(parts, own, (result) => lanes.tried(result)));
        continue;
      }
      const untried = own.map((pair) => notTried(pair, problem.what));
      for (const result of untried) lanes.tried(result);
      results.set(node, untried);
    }
  };
  await Promise.all(Array.from({ length: mostSenders }, worker));
  return nodes.flatMap(({ node }) => results.get(node) ?? []);
}

/** One pair at a time: two at once would share the links. Only what full frames get through is measured. */
async function measureAll(
  parts: PairParts,
  nodes: readonly BridgeNode[],
  pairs: readonly PairResult[],
  lanes: CheckLanes,
): Promise<{ pairs: PairResult[]; findings: CheckFinding[] }> {
  const answering = nodes.filter(({ live }) => live !== undefined).map(({ node }) => node);
  const having = await nodesWithIperf(parts, answering);
  const findings: CheckFinding[] = answering
    .filter((node) => !having.has(node))
    .map((node) => ({
      severity: 'warning',
      code: 'iperf-missing',
      node,
      what: `${node} has no iperf3, so nothing was measured from and to it.`,
      next: `On ${node} run: apt-get install iperf3`,
    }));
  const worthIt = pairs.filter(({ from, to, passed }) => passed && having.has(from) && having.has(to));
  const measured: PairResult[] = [];
  lanes.measuring(worthIt.length);
  for (const pair of pairs) {
    if (!worthIt.includes(pair)) {
      measured.push(pair);
      continue;
    }
    const result = await measure(parts, pair);
    lanes.measured(pair);
    if (result.kind === 'measured') measured.push({ ...pair, bitsPerSecond: result.bitsPerSecond });
    else {
      measured.push({ ...pair, said: result.said });
      findings.push(notMeasured(pair, result.said));
    }
  }
  return { pairs: measured, findings };
}

function notMeasured({ from, to }: PairResult, said: string): CheckFinding {
  return {
    severity: 'warning',
    code: 'not-measured',
    node: from,
    what: `The throughput from ${from} to ${to} could not be measured: ${said}`,
    next: 'Full frames get through all the same. A firewall may keep other ports of the bridge closed.',
  };
}
