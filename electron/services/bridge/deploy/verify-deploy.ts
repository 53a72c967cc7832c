import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { BridgeCheck, BridgePlan, PlannedNode } from '../../../../shared/schemas/bridge.ts';
import { sameInterfaceAddress } from '../addresses.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { checkBridge } from '../check/check-bridge.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { lookAtNodes } from '../facts/look.ts';

interface Verification {
  readonly parts: Pick<BridgeServiceParts, 'ssh' | 'clock'>;
  readonly bridge: ClusterBridge;
  readonly plan: BridgePlan;
  readonly deploy: string;
  /** The nodes that are armed with it: one that is not any more went back. */
  readonly changed: readonly string[];
  /** Of `performance.now()`: what is not proven by then is taken back. */
  readonly until: number;
  readonly signal: AbortSignal;
}

const pauseMilliseconds = 1000;

/**
 * Checks until everything is as the plan says: STP alone takes a few seconds to let frames pass, and most of a minute in
 * the worst case. `undefined` when there is to be no bridge, and there is none. DEPLOY_ROLLED_BACK, CANCELLED.
 */
export async function verifyDeploy(verification: Verification): Promise<BridgeCheck | undefined> {
  const { parts, plan, deploy, changed, until, signal } = verification;
  const bridge = asPlanned(verification.bridge, plan.nodes);
  const having = plan.nodes.filter(({ expected }) => expected !== undefined).map(({ node }) => node);
  let reason = 'the nodes did not answer in time';
  let more: string[] = [];
  while (performance.now() < until) {
    const tooLong = AbortSignal.timeout(Math.max(1, Math.round(until - performance.now())));
    const both = AbortSignal.any([signal, tooLong]);
    try {
      const { wrong, check } = having.length === 0 ? await gone() : await checked(having, both);
      if (wrong.length === 0) return check;
      [reason = reason, ...more] = wrong;
    } catch (error) {
      if (signal.aborted || asProblem(error)?.code !== 'CANCELLED') throw error;
    }
    if (performance.now() + pauseMilliseconds >= until) break;
    await setTimeout(pauseMilliseconds, undefined, { signal });
  }
  throw notProven(reason, more);

  async function checked(nodes: readonly string[], both: AbortSignal) {
    const check = await checkBridge(parts, bridge, { nodes, throughput: false, trigger: 'deploy' }, both);
    for (const { node, live } of check.nodes) {
      if (live === undefined || !changed.includes(node) || live.armed?.deploy === deploy) continue;
      throw notProven(`${node} took the deploy back by itself`, []);
    }
    const failures = check.findings.filter(({ severity }) => severity === 'failure');
    const wrong = check.passed ? [] : failures.map(({ what }) => what);
    return { check, wrong: check.passed || wrong.length > 0 ? wrong : ['not every full frame came back'] };
  }

  async function gone() {
    const names = plan.nodes.map(({ node }) => node);
    const nodes = await lookAtNodes(parts, bridge, names, signal);
    const wrong = nodes.flatMap(({ node, live, problem }) => {
      if (problem !== undefined) return [`${node} did not answer: ${problem.what}`];
      return live?.bridge === undefined ? [] : [`${node} still has ${live.bridge.name}`];
    });
    return { check: undefined, wrong };
  }
}

/** Between two groups of a rolling deploy: each node's own part, as it is for itself. DEPLOY_ROLLED_BACK, CANCELLED. */
export async function verifyNodes(verification: Verification, names: readonly string[]): Promise<void> {
  const { parts, plan, deploy, until, signal } = verification;
  const bridge = asPlanned(verification.bridge, plan.nodes);
  for (;;) {
    const nodes = await lookAtNodes(parts, bridge, names, signal);
    const wrong = nodes.flatMap(({ node, live, problem }) => {
      const expected = plan.nodes.find((planned) => planned.node === node)?.expected;
      if (problem !== undefined) return [`${node} did not answer: ${problem.what}`];
      if (live?.armed?.deploy !== deploy) return [`${node} took the deploy back by itself`];
      return ownPart(node, live, expected);
    });
    const [first, ...more] = wrong;
    if (first === undefined) return;
    if (performance.now() + pauseMilliseconds >= until) throw notProven(first, more);
    await setTimeout(pauseMilliseconds, undefined, { signal });
  }
}

function ownPart(
  node: string,
  live: NonNullable<BridgeCheck['nodes'][number]['live']>,
  expected: PlannedNode['expected'],
): string[] {
  const { bridge } = live;
  if (expected === undefined) return bridge === undefined ? [] : [`${node} still has ${bridge.name}`];
  if (bridge === undefined) return [`${node} has no ${expected.bridge}`];
  const { address } = expected;
  return [
    ...(bridge.up ? [] : [`${bridge.name} on ${node} is down`]),
    ...(bridge.mtu === expected.mtu ? [] : [`${bridge.name} on ${node} has MTU ${bridge.mtu}`]),
    ...(address === undefined || bridge.addresses.some((one) => sameInterfaceAddress(one, address))
      ? []
      : [`${bridge.name} on ${node} has not the address ${address}`]),
    ...live.ports
      .filter(({ present, enslaved }) => present && !enslaved)
      .map(({ name }) => `${name} on ${node} is no port of ${bridge.name}`),
  ];
}

/** The bridge as the plan says it shall be, which for an earlier deploy may be another than the cluster file's. */
function asPlanned(bridge: ClusterBridge, planned: readonly PlannedNode[]): ClusterBridge {
  const expected = new Map(planned.map((node) => [node.node, node.expected]));
  const nodes = bridge.nodes.map((member) => {
    const wanted = expected.get(member.node);
    if (wanted === undefined) return member;
    const { address = member.address } = wanted;
    return { ...member, mtu: wanted.mtu, stp: wanted.stp, ...(address === undefined ? {} : { address }) };
  });
  const mtu = planned.find((node) => node.expected !== undefined)?.expected?.mtu ?? bridge.mtu;
  return { ...bridge, mtu, nodes };
}

function notProven(reason: string, more: readonly string[]): Problem {
  return new Problem('DEPLOY_ROLLED_BACK', {
    what: `The bridge was not proven in time: ${reason.replace(/\.$/, '')}.`,
    state: 'It is taken back on all nodes.',
    next: 'Look at what is said of cables and ports, then deploy again.',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20) }),
  });
}
