import { Problem } from '../../../../shared/problem.ts';
import type { BridgeRequest } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { type BridgeMember, type ClusterBridge, clusterBridge } from '../cluster-bridge.ts';
import { gatherFacts } from '../facts/gather.ts';
import type { BridgeFacts, DeploySource } from './bridge-facts.ts';
import { readSource } from './deploy-source.ts';

/**
 * Reads the lab and asks all nodes of one request at the same time; changes nothing. Nodes that are not named are those of
 * the cluster's bridge that the source has files for. BRIDGE_MISSING, NODE_UNKNOWN, DESIGN_…, DEPLOY_UNKNOWN, CANCELLED.
 */
export async function gatherBridge(
  parts: Pick<BridgeServiceParts, 'lab' | 'ssh'>,
  request: BridgeRequest,
  signal: AbortSignal,
): Promise<BridgeFacts> {
  const bridge = await clusterBridge(parts.lab);
  const source = await readSource(parts.lab, request.source);
  const members = chosenMembers(bridge, source, request.nodes);
  const asked = members.map((member) => ({ member, files: source.nodes[member.node] ?? [] }));
  const answers = await gatherFacts(parts, asked, signal);
  return {
    bridge,
    source,
    nodes: asked.map(({ member, files }) => {
      const answer = answers.get(member.node);
      if (answer === undefined) throw new Error('every node that is asked has an answer');
      return { member, files, answer };
    }),
  };
}

function chosenMembers(
  bridge: ClusterBridge,
  source: DeploySource,
  names: readonly string[] | undefined,
): BridgeMember[] {
  const having = bridge.nodes.filter(({ node }) => Object.hasOwn(source.nodes, node));
  if (names === undefined) {
    if (having.length > 0) return having;
    throw noFiles(bridge, source, bridge.nodes.map(({ node }) => node).join(', '));
  }
  return [...new Set(names)].map((name) => {
    const member = bridge.nodes.find(({ node }) => node === name);
    if (member === undefined) throw unknown(bridge, name);
    if (!having.includes(member)) throw noFiles(bridge, source, name);
    return member;
  });
}

function unknown({ file, nodes }: ClusterBridge, name: string): Problem {
  return new Problem('NODE_UNKNOWN', {
    what: `${name} has no thunderbridge in ${file}.`,
    state: 'No node was asked.',
    next: `Name one of these: ${nodes.map(({ node }) => node).join(', ')}.`,
    where: { file },
  });
}

function noFiles({ file }: ClusterBridge, { name }: DeploySource, node: string): Problem {
  return new Problem('DESIGN_INVALID', {
    what: `${name} has no files for ${node}.`,
    state: 'No node was asked.',
    next: `Make a design for all nodes of ${file}: sifaka bridge new-attempt`,
  });
}
