import type { NetworkEntry } from '../../../../shared/schemas/inventory.ts';
import { textFile, writtenBy, type DesiredEntry } from './desired-entry.ts';

/** /etc/systemd/network/10-sifaka.network (systemd.network(5)); its values are addresses and names, which hold no `%`. */
export function renderNetworkd(network: NetworkEntry): DesiredEntry[] {
  const { addresses } = network;
  const dhcp = addresses === 'dhcp';
  const lines = [
    writtenBy,
    '[Match]',
    `Name=${network.interface}`,
    '',
    '[Network]',
    `DHCP=${dhcp ? 'yes' : 'no'}`,
    ...(dhcp ? [] : addresses.map((address) => `Address=${address}`)),
    ...(network.gateway === undefined ? [] : [`Gateway=${network.gateway}`]),
    ...network.nameservers.map((address) => `DNS=${address}`),
    ...(network.search.length > 0 ? [`Domains=${network.search.join(' ')}`] : []),
  ];
  return [
    textFile(
      '/etc/systemd/network/10-sifaka.network',
      lines,
      dhcp ? 'The node asks for its address by DHCP.' : `The node's address: ${addresses.join(', ')}.`,
    ),
  ];
}
