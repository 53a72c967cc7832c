import type { Guest, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import { nodeNameSchema } from '../../../../shared/schemas/backup-names.ts';
import type { ListedGuest } from './cluster-resources.ts';
import type { AskedNode, NodeFacts } from './node-facts.ts';

/** A node that said what it has, with the Proxmox cluster that its guests are counted in. */
export interface AnsweredNode {
  readonly node: string;
  readonly pveCluster: string;
  readonly facts: NodeFacts;
}

/** Nodes that answered; one that did not say its cluster is in that of the manifest before. */
export function answeredNodes(asked: readonly AskedNode[], before: Manifest | undefined): AnsweredNode[] {
  return asked.flatMap(({ member: { name: node }, found }) => {
    if (!('guests' in found)) return [];
    const known = before?.nodes.find((earlier) => earlier.node === node)?.pveCluster;
    const said = found.pveCluster;
    const pveCluster = said === undefined ? (known ?? node) : said === 'none' ? node : said.name;
    return [{ node, pveCluster, facts: found }];
  });
}

/**
 * All guests: each by its own node's word; by that of another node of the cluster where its own is silent (or it moved
 * between two answers); and as the manifest before has it where nobody can say. A guest is in it once.
 */
export function seenGuests(
  asked: readonly AskedNode[],
  answered: readonly AnsweredNode[],
  before: Manifest | undefined,
): Guest[] {
  const guests = new Map<string, Guest>();
  const confirmed = new Set<string>();
  for (const { node, pveCluster, facts } of answered) {
    for (const { guest, configured } of ownGuests(node, pveCluster, facts)) {
      const key = keyOf(guest);
      // Two nodes may have it for a moment while it moves: the one with its configuration has it.
      if (guests.has(key) && (confirmed.has(key) || !configured)) continue;
      guests.set(key, guest);
      if (configured) confirmed.add(key);
    }
  }
  for (const { pveCluster, facts } of answered) {
    for (const listed of facts.guests) {
      const node = labNode(answered, pveCluster, listed.pveNode);
      const guest = node === undefined ? undefined : guestOf(listed, node, pveCluster, 'other-node');
      if (guest !== undefined && !guests.has(keyOf(guest))) guests.set(keyOf(guest), guest);
    }
  }
  for (const guest of before?.guests ?? []) {
    if (guests.has(keyOf(guest)) || !isUnheard(guest, asked, answered)) continue;
    guests.set(keyOf(guest), {
      ...guest,
      status: 'unknown',
      source: 'manifest',
      seenAt: guest.seenAt ?? before?.at,
    });
  }
  return [...guests.values()].toSorted((a, b) => a.node.localeCompare(b.node) || a.vmid - b.vmid);
}

/** For good: the same wherever it runs. */
export function keyOf({ pveCluster, type, vmid }: Pick<Guest, 'pveCluster' | 'type' | 'vmid'>): string {
  return `${pveCluster}/${type}/${vmid}`;
}

/** What the lab calls a node of a Proxmox cluster; a node that the lab has not by its own name. */
export function labNode(
  answered: readonly AnsweredNode[],
  pveCluster: string,
  pveNode: string,
): string | undefined {
  const found = answered.find((other) => other.pveCluster === pveCluster && other.facts.pveNode === pveNode);
  if (found !== undefined) return found.node;
  const name = nodeNameSchema.safeParse(pveNode);
  return name.success ? name.data : undefined;
}

function ownGuests(
  node: string,
  pveCluster: string,
  { pveNode, guests, configurations, source }: NodeFacts,
): { guest: Guest; configured: boolean }[] {
  const own = guests.filter((guest) => guest.pveNode === pveNode);
  const listed = new Set(own.map(({ type, vmid }) => `${type}/${vmid}`));
  // One that is in no list and has a configuration is a guest all the same: the list is older.
  const unlisted = [...(configurations ?? [])]
    .filter(([key]) => !listed.has(key))
    .map(([key, { vmid }]): ListedGuest => {
      const type = key.startsWith('lxc/') ? 'lxc' : 'qemu';
      return { type, vmid, pveNode, status: 'unknown', template: false, tags: [] };
    });
  return [...own, ...unlisted].map((guest) => {
    const found = configurations?.get(`${guest.type}/${guest.vmid}`);
    const seen = guestOf(guest, node, pveCluster, source);
    if (found === undefined) return { guest: seen, configured: false };
    const { name, lock, agent, diskBytes } = found;
    return {
      configured: true,
      guest: {
        ...seen,
        ...(seen.name === undefined && name !== undefined ? { name } : {}),
        template: seen.template || found.template,
        tags: found.tags.length > 0 ? [...found.tags] : seen.tags,
        ...(lock === undefined ? {} : { lock }),
        ...(agent === undefined ? {} : { agent }),
        ...(diskBytes === undefined ? {} : { diskBytes }),
        excludedDisks: [...found.excludedDisks],
      },
    };
  });
}

function guestOf(listed: ListedGuest, node: string, pveCluster: string, source: Guest['source']): Guest {
  const { pveNode: _pveNode, maxDisk, name, ...seen } = listed;
  // What Proxmox calls one that nobody gave a name.
  const isNamed = name !== undefined && name !== `VM ${listed.vmid}` && name !== `CT${listed.vmid}`;
  return {
    pveCluster,
    ...seen,
    ...(isNamed ? { name } : {}),
    node,
    ...(maxDisk === undefined ? {} : { diskBytes: maxDisk }),
    excludedDisks: [],
    source,
  };
}

/** Whether nobody who answered can know that a guest of an earlier manifest is gone. */
function isUnheard(
  { node, pveCluster }: Guest,
  asked: readonly AskedNode[],
  answered: readonly AnsweredNode[],
): boolean {
  const cluster = answered.filter((other) => other.pveCluster === pveCluster);
  if (cluster.some(({ facts }) => facts.source === 'pvesh' && facts.unreadGuests === 0)) return false;
  if (cluster.some((other) => other.node === node && other.facts.unreadGuests > 0)) return true;
  return asked.some(({ member, found }) => member.name === node && 'silent' in found);
}
