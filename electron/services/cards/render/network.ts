import type { NetworkEntry, NodeClass } from '../../../../shared/schemas/inventory.ts';
import { inventoryMistake, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { isIpv6 } from './ip-version.ts';
import { renderIfupdown } from './network-ifupdown.ts';
import { renderNetplan } from './network-netplan.ts';
import { renderNetworkd } from './network-networkd.ts';

const renderers: Record<NodeClass['networkRenderer'], (input: RenderInput) => DesiredEntry[]> = {
  netplan: renderNetplan,
  networkd: (input) => renderNetworkd(input.node.network),
  ifupdown: renderIfupdown,
};

/** The node's addresses, in the words of the network configuration its class uses. */
export function renderNetwork(input: RenderInput): DesiredEntry[] {
  requireReachableGateway(input.nodeName, input.node.network);
  return renderers[input.nodeClass.networkRenderer](input);
}

function requireReachableGateway(nodeName: string, network: NetworkEntry): void {
  const { addresses, gateway } = network;
  if (gateway === undefined) return;
  if (addresses === 'dhcp') {
    throw inventoryMistake(
      `${nodeName} gets its address by DHCP, and its gateway is set as well.`,
      `Remove /nodes/${nodeName}/network/gateway, or give static addresses.`,
    );
  }
  if (!addresses.some((address) => isIpv6(address) === isIpv6(gateway))) {
    throw inventoryMistake(
      `The gateway ${gateway} of ${nodeName} is of another IP version than all of its addresses.`,
      `Correct /nodes/${nodeName}/network.`,
    );
  }
}
