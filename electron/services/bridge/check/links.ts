import type { BridgeNode, BridgePort } from '../../../../shared/schemas/bridge.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';

type Cable = ClusterBridge['cables'][number];
export type CableEnd = Cable['from'];

/** One end as its node sees it; `unknown`: the node did not answer, or does not know the port. */
export type EndState = 'absent' | 'no-carrier' | 'apart' | 'ready' | 'unknown';

export interface CableState extends Cable {
  readonly name: string;
  readonly ends: readonly [EndState, EndState];
  /** Frames can pass, unless STP blocks it; what is not known is taken to work. */
  readonly joins: boolean;
}

export function cableName({ from, to }: Cable): string {
  return `${from.node}:${from.port} – ${to.node}:${to.port}`;
}

/** The cables of the cluster file as both of their nodes see them now. */
export function cableStates(bridge: ClusterBridge, nodes: readonly BridgeNode[]): CableState[] {
  return bridge.cables.map(({ from, to }) => {
    const ends = [endState(nodes, from), endState(nodes, to)] as const;
    const joins = ends.every((end) => end === 'ready' || end === 'unknown');
    return { from, to, name: cableName({ from, to }), ends, joins };
  });
}

export function portOf(nodes: readonly BridgeNode[], { node, port }: CableEnd): BridgePort | undefined {
  return nodes.find((one) => one.node === node)?.live?.ports.find(({ name }) => name === port);
}

function endState(nodes: readonly BridgeNode[], end: CableEnd): EndState {
  const node = nodes.find((one) => one.node === end.node);
  if (node?.live === undefined) return 'unknown';
  const port = portOf(nodes, end);
  if (port === undefined) return 'unknown';
  if (!port.present) return 'absent';
  if (port.carrier === false) return 'no-carrier';
  return port.enslaved && node.live.bridge !== undefined ? 'ready' : 'apart';
}

/** The groups of nodes that cables join, in the order of the cluster; one group is a bridge in one piece. */
export function parts(nodes: readonly string[], cables: readonly CableState[]): string[][] {
  const left = new Set(nodes);
  const groups: string[][] = [];
  for (const node of nodes) {
    if (!left.delete(node)) continue;
    const group = new Set([node]);
    for (const at of group) {
      for (const { from, to, joins } of cables) {
        if (!joins) continue;
        const next = from.node === at ? to.node : to.node === at ? from.node : undefined;
        if (next !== undefined && left.delete(next)) group.add(next);
      }
    }
    groups.push(nodes.filter((one) => group.has(one)));
  }
  return groups;
}

/** How many cables more there are than it takes to join what is joined: each makes a ring, and STP blocks one port for it. */
export function rings(nodes: readonly string[], cables: readonly CableState[]): number {
  return cables.filter(({ joins }) => joins).length - nodes.length + parts(nodes, cables).length;
}
