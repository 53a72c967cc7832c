import type { BridgePlan, BridgeRequest, PlannedNode } from '../../../../shared/schemas/bridge.ts';
import { digestOfValue } from '../../value-digest.ts';
import { type AskedNode, type BridgeFacts, factsOf } from './bridge-facts.ts';
import { type DesignedBridge, designedBridge } from './designed-bridge.ts';
import { fileChanges } from './file-changes.ts';
import { liveChanges } from './live-changes.ts';
import { type PlannedFrom, refusals } from './refusals.ts';
import { riskOf } from './risk.ts';
import { warnings } from './warnings.ts';

/**
 * What a deploy would do. Pure: the same request and facts give the same plan, to the last byte; times, counters and what
 * else changes by itself is in none. A node that did not answer is in it without changes, and refused.
 */
export function planBridge(
  request: Pick<BridgeRequest, 'mode' | 'windowSeconds'>,
  facts: BridgeFacts,
): BridgePlan {
  const nodes = facts.nodes.map((asked): PlannedFrom => {
    const { bridge, ports } = asked.member;
    const designed = designedBridge(
      asked.files,
      bridge,
      ports.map(({ name }) => name),
    );
    return { asked, designed, planned: plannedNode(asked, designed) };
  });
  return {
    schema: 'sifaka.bridge-plan/1',
    cluster: facts.bridge.cluster,
    source: facts.source.source,
    sourceDigest: facts.source.digest,
    mode: request.mode,
    windowSeconds: request.windowSeconds,
    nodes: nodes.map(({ planned }) => planned),
    refusals: refusals(facts, nodes),
    warnings: warnings(facts, nodes),
  };
}

/** SHA-256 of the plan's canonical JSON (RFC 8785), in lower-case hexadecimal: the plan's name. */
export function planDigest(plan: BridgePlan): string {
  return digestOfValue(plan);
}

function plannedNode(asked: AskedNode, designed: DesignedBridge): PlannedNode {
  const { member, files: wanted } = asked;
  const expected = expectedOf(asked, designed);
  const facts = factsOf(asked);
  const files = facts === undefined ? [] : fileChanges(wanted, facts);
  const live = facts === undefined ? [] : liveChanges(member.bridge, expected, facts.links);
  return {
    node: member.node,
    risk: facts === undefined ? 'none' : riskOf({ bridge: member.bridge, files, live }, facts),
    files,
    live,
    ...(expected === undefined ? {} : { expected }),
  };
}

/** What the files say comes before the cluster file, since they are what the node will do. */
function expectedOf({ member }: AskedNode, designed: DesignedBridge): PlannedNode['expected'] {
  if (!designed.named) return undefined;
  const address = designed.addresses[0] ?? member.address;
  return {
    bridge: member.bridge,
    mtu: designed.mtu ?? member.mtu,
    ...(address === undefined ? {} : { address }),
    stp: designed.stp ?? false,
    ports: member.ports.map(({ name }) => name),
  };
}
