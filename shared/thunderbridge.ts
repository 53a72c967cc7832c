import type { Cluster, ClusterNode } from './schemas/cluster.ts';
import type { Cable } from './schemas/thunderbridge.ts';

/** A port of the bridge. `path` is udev's ID_PATH, and the port is named by it; without it the name is its own. */
export interface ListedPort {
  readonly name: string;
  readonly path?: string | undefined;
  readonly driver?: string | undefined;
}

/** A node's ports, in the order of the cluster file. */
export function portsOf({ thunderbridge }: ClusterNode): ListedPort[] {
  return (thunderbridge?.ports ?? []).map((port) =>
    typeof port === 'string' ? { name: port } : { name: port.name, path: port.path, driver: port.driver },
  );
}

/** The node and the port of one end of a cable, `node:port`. */
export function cableEnd(end: string): { node: string; port: string } {
  const colon = end.indexOf(':');
  return { node: end.slice(0, colon), port: end.slice(colon + 1) };
}

/** Whether some of the cables lead from a node back to it: frames in such a ring never end unless STP blocks a port. */
export function closesRing(cables: readonly Cable[]): boolean {
  const joined = new Map<string, string>();
  const group = (node: string): string => {
    let at = node;
    for (let next = joined.get(at); next !== undefined; next = joined.get(at)) at = next;
    return at;
  };
  for (const [one, other] of cables) {
    const a = group(cableEnd(one).node);
    const b = group(cableEnd(other).node);
    if (a === b) return true;
    joined.set(a, b);
  }
  return false;
}

/**
 * Whether a cluster's bridges need STP: as its `thunderbridge.stp` says, else when the cables close a ring. Where no
 * cables are named there may be one as soon as three nodes have two ports each.
 */
export function clusterUsesStp({ nodes, thunderbridge }: Cluster): boolean {
  if (thunderbridge?.stp !== undefined) return thunderbridge.stp;
  const cables = thunderbridge?.cables ?? [];
  if (cables.length > 0) return closesRing(cables);
  return Object.values(nodes).filter((node) => portsOf(node).length >= 2).length >= 3;
}

/** Whether a node's own bridge runs STP: what the node says comes before what the cluster needs. */
export function nodeUsesStp(cluster: Cluster, node: ClusterNode): boolean {
  return node.thunderbridge?.stp ?? clusterUsesStp(cluster);
}
