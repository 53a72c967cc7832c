import type { LinkFacts } from '../facts/links.ts';
import type { NodeBridgeFacts } from '../facts/node-facts.ts';

/**
 * Every interface that the operator's connection to a node needs: the one with the address, the one that answers leave by,
 * and below them what a VLAN stands on and the ports of a bridge or bond.
 */
export function managementLinks({
  management,
  links,
}: Pick<NodeBridgeFacts, 'management' | 'links'>): Set<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const below of linksBelow(name, links)) add(below);
  };
  if (management !== undefined) {
    add(management.interface);
    if (management.leavesBy !== undefined) add(management.leavesBy);
  }
  return needed;
}

/** The other end of a veth, which `link` is there, is no part of it: it is another namespace's, or a guest's. */
function linksBelow(name: string, links: readonly LinkFacts[]): string[] {
  const own = links.find((link) => link.name === name);
  const ports = links.filter(({ master }) => master === name).map((port) => port.name);
  return own?.lower !== undefined && own.kind !== 'veth' ? [own.lower, ...ports] : ports;
}
