import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { Receipt } from '../../../shared/schemas/card.ts';
import type { Inventory, NodeEntry } from '../../../shared/schemas/inventory.ts';
import { hostnameOf } from './render/desired-entry.ts';

/** Every node of an inventory, in its order. `receipts` are newest first. */
export function nodeSummaries(inventory: Inventory, receipts: readonly Receipt[]): NodeSummary[] {
  return Object.entries(inventory.nodes).map(([name, node]) => {
    const nodeClass = Object.hasOwn(inventory.classes, node.class)
      ? inventory.classes[node.class]
      : undefined;
    const lastCard = receipts.find((receipt) => receipt.node === name);
    return summary(name, node, nodeClass?.image ?? '', lastCard);
  });
}

function summary(name: string, node: NodeEntry, image: string, lastCard: Receipt | undefined): NodeSummary {
  return {
    name,
    ...(node.alias === undefined ? {} : { alias: node.alias }),
    description: node.description,
    nodeClass: node.class,
    image,
    recoverable: node.recoverable,
    hostname: hostnameOf(name, node),
    interface: node.network.interface,
    addresses: node.network.addresses === 'dhcp' ? ['dhcp'] : node.network.addresses,
    k3sRole: node.k3s?.role ?? 'none',
    labels: node.k3s?.labels ?? {},
    taints: node.k3s?.taints ?? [],
    longhornDisks: node.longhornDisks.length,
    ...(lastCard === undefined ? {} : { lastCardAt: lastCard.verifiedAt }),
  };
}
