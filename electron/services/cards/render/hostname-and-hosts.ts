import { hostnameOf, textFile, writtenBy, type DesiredEntry, type RenderInput } from './desired-entry.ts';

/** Who the node is to itself: /etc/hostname, /etc/hosts and, when the lab keeps it, /etc/machine-id. */
export function renderHostname(input: RenderInput): DesiredEntry[] {
  const hostname = hostnameOf(input.nodeName, input.node);
  const extra = [...input.nodeClass.hosts, ...input.node.hosts].map((entry) =>
    [entry.address, ...entry.names].join(' '),
  );
  const entries: DesiredEntry[] = [
    textFile('/etc/hostname', [hostname], 'The name of the node.'),
    textFile(
      '/etc/hosts',
      [
        writtenBy,
        '127.0.0.1 localhost',
        `127.0.1.1 ${hostname}`,
        '::1 localhost ip6-localhost ip6-loopback',
        'ff02::1 ip6-allnodes',
        'ff02::2 ip6-allrouters',
        ...extra,
      ],
      'The node finds itself and its peers without a name server.',
    ),
  ];
  if (input.node.machineId !== undefined) {
    entries.push(
      textFile(
        '/etc/machine-id',
        [input.node.machineId],
        'The identity that DHCP leases and journals go by.',
        {
          mode: 0o444,
        },
      ),
    );
  }
  return entries;
}
