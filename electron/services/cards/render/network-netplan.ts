import type { NetworkEntry } from '../../../../shared/schemas/inventory.ts';
import { textFile, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { isIpv6 } from './ip-version.ts';
import { yamlLines } from './yaml-text.ts';

/** Where cloud-init writes what it thinks of the network. */
export const cloudNetplanPath = '/etc/netplan/50-cloud-init.yaml';

/**
 * /etc/netplan/60-sifaka.yaml; 0600, since netplan warns about anything more open. Netplan merges all files of its folder,
 * so what cloud-init left in the image is emptied: the node would ask for a second address by DHCP otherwise.
 */
export function renderNetplan({ node, imageEntries }: RenderInput): DesiredEntry[] {
  const { addresses, gateway } = node.network;
  const dhcp = addresses === 'dhcp';
  const ethernet = {
    dhcp4: dhcp,
    dhcp6: dhcp,
    ...(dhcp ? {} : { addresses }),
    ...(gateway === undefined
      ? {}
      : { routes: [{ to: isIpv6(gateway) ? '::/0' : '0.0.0.0/0', via: gateway }] }),
    ...nameservers(node.network),
  };
  return [
    textFile(
      '/etc/netplan/60-sifaka.yaml',
      yamlLines({ network: { version: 2, ethernets: { [node.network.interface]: ethernet } } }),
      dhcp ? 'The node asks for its address by DHCP.' : `The node's address: ${addresses.join(', ')}.`,
      { mode: 0o600 },
    ),
    ...(imageEntries.has(cloudNetplanPath) ? [emptyCloudNetplan()] : []),
  ];
}

function emptyCloudNetplan(): DesiredEntry {
  return textFile(
    cloudNetplanPath,
    yamlLines({ network: { version: 2 } }),
    'What cloud-init left in the image is not merged with this node’s own.',
    { mode: 0o600 },
  );
}

function nameservers(network: NetworkEntry): { nameservers?: { addresses?: string[]; search?: string[] } } {
  if (network.nameservers.length === 0 && network.search.length === 0) return {};
  return {
    nameservers: {
      ...(network.nameservers.length > 0 ? { addresses: network.nameservers } : {}),
      ...(network.search.length > 0 ? { search: network.search } : {}),
    },
  };
}
