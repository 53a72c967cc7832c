import type { BridgeCheck, BridgeNode, CheckFinding, PairResult } from '../../../../shared/schemas/bridge.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { cableFindings } from './cable-findings.ts';
import { cableStates } from './links.ts';
import { nodeFindings } from './node-findings.ts';
import { pairFindings } from './pair-findings.ts';
import { memberOf } from './pairs.ts';

export interface CheckFacts {
  readonly bridge: ClusterBridge;
  /** Those that were checked. */
  readonly nodes: readonly BridgeNode[];
  readonly pairs: readonly PairResult[];
  readonly trigger: BridgeCheck['trigger'];
}

/**
 * What a check found, in words: which cable, which port, which node, and what to run. Failures come first. One cause is
 * one finding: pairs that fail for what is said already are not said again.
 */
export function checkFindings({ bridge, nodes, pairs, trigger }: CheckFacts): CheckFinding[] {
  const answering = nodes.filter(({ live }) => live !== undefined);
  if (answering.length > 0 && answering.every(({ live }) => live?.bridge === undefined))
    return [...nodes.flatMap((node) => silent(bridge, node, pairs)), nothingDeployed(bridge)];
  const allPass = pairs.every(({ passed }) => passed);
  const cables = cableStates(bridge, nodes);
  const causes = [
    ...nodes.flatMap((node) => silent(bridge, node, pairs)),
    ...nodes.flatMap((node) => addressUntold(bridge, node)),
    ...nodes.flatMap(({ node, live }) =>
      live === undefined ? [] : nodeFindings(bridge, memberOf(bridge, node), live, allPass),
    ),
    ...cableFindings(bridge, nodes, cables, allPass),
    ...(trigger === 'deploy' ? [] : nodes.flatMap(unconfirmed)),
  ];
  const found = [...causes, ...pairFindings({ bridge, pairs, cables, causes })];
  return found.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

function nothingDeployed({ bridge }: ClusterBridge): CheckFinding {
  return {
    severity: 'failure',
    code: 'nothing-deployed',
    what: `No node that answers has a bridge ${bridge}: nothing is deployed yet.`,
    next: 'Deploy a design: sifaka bridge deploy',
  };
}

/** A node that is only cut off from here is another trouble than one that is down. */
function silent(
  { bridge }: ClusterBridge,
  { node, problem }: BridgeNode,
  pairs: readonly PairResult[],
): CheckFinding[] {
  if (problem === undefined) return [];
  const seenBy = pairs.filter(({ to, passed }) => to === node && passed).map(({ from }) => from);
  const seen =
    seenBy.length === 0
      ? 'No other node reaches it over the bridge either.'
      : `Its ${bridge} does answer ${seenBy.join(', ')}.`;
  return [
    {
      severity: 'failure',
      code: 'node-silent',
      node,
      what: `${problem.what} ${pairs.length === 0 ? '' : seen}`.trim(),
      next: problem.next,
    },
  ];
}

function addressUntold(bridge: ClusterBridge, { node }: BridgeNode): CheckFinding[] {
  if (memberOf(bridge, node).address !== undefined) return [];
  return [
    {
      severity: 'failure',
      code: 'address-untold',
      node,
      what: `The cluster file has no address for ${node} on the bridge, so nobody can reach it there.`,
      next: `Give ${node} a thunderbridge.address in ${bridge.file}, then deploy.`,
    },
  ];
}

function unconfirmed({ node, live }: BridgeNode): CheckFinding[] {
  if (live?.armed === undefined) return [];
  return [
    {
      severity: 'warning',
      code: 'unconfirmed',
      node,
      what: `${node} has a deploy that is not confirmed, and takes it back in ${Math.max(0, Math.round(live.armed.secondsLeft))} seconds.`,
      next: 'Wait for the deploy to end, and check again: sifaka bridge check',
    },
  ];
}
