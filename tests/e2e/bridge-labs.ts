import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Nodes of the demo lab. */
export const ringNodes = ['baobab', 'ebony', 'tapia'] as const;

/** A port on which nothing answers, on this machine: no test may knock at the addresses of the demo lab. */
const nobody = { address: '127.0.0.1', port: 1, user: 'root' };
/** An Ed25519 host key of nobody's. */
const hostKey = {
  type: 'ssh-ed25519',
  key: `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`,
};

/**
 * The demo lab's cluster, cabled as a ring; its nodes are trusted, and none of them answers. With two designs, of which
 * the second has another MTU and a file more, and a third one that is refused.
 */
export async function ringLab(lab: string): Promise<void> {
  await editCluster(lab, (cluster) => {
    cluster['thunderbridge'] = {
      cables: ringNodes.map((node, index) => [
        `${node}:thunderbolt1`,
        `${ringNodes[(index + 1) % ringNodes.length]}:thunderbolt0`,
      ]),
    };
  });
  const hosts = Object.fromEntries(
    ringNodes.map((node) => [
      node,
      { keys: [hostKey], trustedAt: '2026-06-01T12:00:00Z', by: 'fingerprint' },
    ]),
  );
  await put(lab, 'cluster/host-keys.json', JSON.stringify({ schema: 'sifaka.host-keys/1', hosts }));
  for (const [index, node] of ringNodes.entries()) {
    const file = 'etc/network/interfaces.d/10-thunderbolt';
    await put(lab, `deploy/attempt1/${node}/${file}`, interfacesFile(index + 1, 1500));
    await put(lab, `deploy/attempt2/${node}/${file}`, interfacesFile(index + 1, 65520));
  }
  await put(
    lab,
    'deploy/attempt2/common/etc/modules-load.d/thunderbolt.conf',
    'thunderbolt\nthunderbolt-net\n',
  );
  await put(lab, 'deploy/attempt3/common/etc/passwd', 'root::0:0::/root:/bin/sh\n');
}

/** The demo lab's cluster without a bridge. */
export async function bridgelessLab(lab: string): Promise<void> {
  await editCluster(lab, (cluster, nodes) => {
    delete cluster['thunderbridge'];
    for (const node of nodes) delete node['thunderbridge'];
  });
}

export function interfacesFile(number: number, mtu: number): string {
  return `auto thunderbridge
iface thunderbridge inet static
    address 10.99.0.${number}/24
    bridge-ports thunderbolt0 thunderbolt1
    bridge-stp on
    bridge-fd 2
    post-up ip link set thunderbridge mtu ${mtu}
`;
}

async function editCluster(
  lab: string,
  edit: (cluster: Record<string, unknown>, nodes: Record<string, unknown>[]) => void,
): Promise<void> {
  const file = join(lab, 'cluster/madagascar.json');
  const parsed = JSON.parse(await readFile(file, 'utf8')) as {
    clusters: { madagascar: { nodes: Record<string, Record<string, unknown>> } };
  };
  const cluster = parsed.clusters.madagascar;
  const nodes = Object.values(cluster.nodes);
  for (const node of nodes) node['ssh'] = nobody;
  edit(cluster, nodes);
  await writeFile(file, JSON.stringify(parsed, undefined, 2));
}

async function put(lab: string, path: string, content: string): Promise<void> {
  const file = join(lab, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
