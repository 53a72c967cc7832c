import type { NetworkEntry } from '../../../../shared/schemas/inventory.ts';
import { textFile, type DesiredEntry } from './desired-entry.ts';
import { isIpv6 } from './ip-version.ts';
import { yamlLines } from './yaml-text.ts';

/** /etc/netplan/60-sifaka.yaml; 0600, since netplan warns about anything more open. */
export function renderNetplan(network: NetworkEntry): DesiredEntry[] {
  const { addresses, gateway } = network;
  const dhcp = addresses === 'dhcp';
  const ethernet = {
    dhcp4: dhcp,
    dhcp6: dhcp,
    ...(dhcp ? {} : { addresses }),
    ...(gateway === undefined
      ? {}
      : { routes: [{ to: isIpv6(gateway) ? '::/0' : '0.0.0.0/0', via: gateway }] }),
    ...nameservers(network),
  };
  return [
    textFile(
      '/etc/netplan/60-sifaka.yaml',
      yamlLines({ network: { version: 2, ethernets: { [network.interface]: ethernet } } }),
      dhcp ? 'The node asks for its address by DHCP.' : `The node's address: ${addresses.join(', ')}.`,
      { mode: 0o600 },
    ),
  ];
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
