import type { NetworkEntry } from '../../../../shared/schemas/inventory.ts';
import { textFile, writtenBy, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { isIpv6 } from './ip-version.ts';

/**
 * interfaces(5). The image's own /etc/network/interfaces is replaced, since a second stanza for the same interface
 * would be applied on top of ours. `dns-nameservers` is read by resolvconf only; where the image has a plain
 * /etc/resolv.conf, that is written too.
 */
export function renderIfupdown(input: RenderInput): DesiredEntry[] {
  const { network } = input.node;
  const { addresses } = network;
  const dhcp = addresses === 'dhcp';
  const entries: DesiredEntry[] = [
    textFile(
      '/etc/network/interfaces',
      [writtenBy, 'auto lo', 'iface lo inet loopback', '', 'source /etc/network/interfaces.d/*'],
      'No interface is configured but by what follows.',
    ),
    textFile(
      '/etc/network/interfaces.d/sifaka',
      [writtenBy, `auto ${network.interface}`, ...stanzas(network)],
      dhcp ? 'The node asks for its address by DHCP.' : `The node's address: ${addresses.join(', ')}.`,
    ),
  ];
  const resolvConf = input.imageEntries.get('/etc/resolv.conf');
  const managedByOthers = resolvConf !== undefined && resolvConf.info.kind !== 'file';
  if (!dhcp && network.nameservers.length > 0 && !managedByOthers) {
    entries.push(
      textFile(
        '/etc/resolv.conf',
        [writtenBy, ...resolver(network), ...network.nameservers.map((address) => `nameserver ${address}`)],
        'The name servers of the node.',
      ),
    );
  }
  return entries;
}

function stanzas(network: NetworkEntry): string[] {
  const { addresses, gateway } = network;
  if (addresses === 'dhcp') {
    return [`iface ${network.interface} inet dhcp`, `iface ${network.interface} inet6 auto`];
  }
  let gatewayPending = gateway;
  let nameserversPending = true;
  return addresses.flatMap((address) => {
    const lines = [
      '',
      `iface ${network.interface} ${isIpv6(address) ? 'inet6' : 'inet'} static`,
      `    address ${address}`,
    ];
    if (gatewayPending !== undefined && isIpv6(gatewayPending) === isIpv6(address)) {
      lines.push(`    gateway ${gatewayPending}`);
      gatewayPending = undefined;
    }
    if (nameserversPending) {
      nameserversPending = false;
      if (network.nameservers.length > 0) lines.push(`    dns-nameservers ${network.nameservers.join(' ')}`);
      if (network.search.length > 0) lines.push(`    dns-search ${network.search.join(' ')}`);
    }
    return lines;
  });
}

function resolver(network: NetworkEntry): string[] {
  return network.search.length > 0 ? [`search ${network.search.join(' ')}`] : [];
}
