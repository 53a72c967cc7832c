import type { BridgeCable, ClusterBridge } from '../cluster-bridge.ts';
import type { AskedNode } from './bridge-facts.ts';
import { factsOf } from './bridge-facts.ts';

/** Why a node's bridge must run STP. */
export interface RingReason {
  readonly node: string;
  readonly why: string;
}

/**
 * The nodes that are in a ring of cables, or may be: those that cables of the cluster file join in a circle; without
 * cables there, all with two ports as soon as three nodes have two; and those with a plugged-in cable that the cluster file
 * does not name, since nobody knows where it leads.
 */
export function ringReasons(bridge: ClusterBridge, nodes: readonly AskedNode[]): RingReason[] {
  if (bridge.cables.length === 0) return unknownCables(bridge);
  const inRing = nodesInRing(bridge.cables);
  const named = new Set(
    bridge.cables.flatMap(({ from, to }) => [from, to]).map(({ node, port }) => `${node}:${port}`),
  );
  const unnamed = nodes.flatMap((asked) => unnamedPorts(asked, named));
  return bridge.nodes.flatMap(({ node }): RingReason[] => {
    if (inRing.has(node)) return [{ node, why: `the cables of ${bridge.file} close a ring through it` }];
    const port = unnamed.length < 2 ? undefined : unnamed.find((found) => found.node === node)?.port;
    return port === undefined
      ? []
      : [
          {
            node,
            why: `a cable that ${bridge.file} does not name is plugged into ${port}, and may close a ring`,
          },
        ];
  });
}

function unknownCables({ nodes, file }: ClusterBridge): RingReason[] {
  const joining = nodes.filter(({ ports }) => ports.length >= 2);
  if (joining.length < 3) return [];
  return joining.map(({ node }) => ({
    node,
    why: `${file} names no cables, and ${joining.length} nodes with two ports may be joined in a ring`,
  }));
}

/** What is left of the cables when those that end at a node with only one of them are taken away, again and again. */
function nodesInRing(cables: readonly BridgeCable[]): Set<string> {
  let left = [...cables];
  for (;;) {
    const ends = left.flatMap(({ from, to }) => [from.node, to.node]);
    const isEnd = (node: string) => ends.indexOf(node) === ends.lastIndexOf(node);
    const inner = left.filter(({ from, to }) => !isEnd(from.node) && !isEnd(to.node));
    if (inner.length === left.length) return new Set(ends);
    left = inner;
  }
}

function unnamedPorts(asked: AskedNode, named: ReadonlySet<string>): { node: string; port: string }[] {
  const { node, ports } = asked.member;
  const links = factsOf(asked)?.links ?? [];
  return ports
    .filter(({ name }) => !named.has(`${node}:${name}`))
    .filter(({ name }) => links.some((link) => link.name === name && link.carrier))
    .map(({ name }) => ({ node, port: name }));
}
