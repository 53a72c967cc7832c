import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CablePlan } from './calls.ts';
import type { NodeIdentity } from './node.ts';

const clusterSchema = z.object({
  clusters: z.object({ madagascar: z.object({ backups: z.unknown().optional() }) }),
});

/**
 * Writes a lab's cluster file, with the way to each node of a cluster, and its keys as trusted. Where backups go stays as
 * the lab had it.
 */
export function writeClusterLab(
  lab: string,
  nodes: readonly NodeIdentity[],
  cables: readonly CablePlan[],
): void {
  mkdirSync(join(lab, 'cluster'), { recursive: true });
  const entries = nodes.map((node, index) => [
    node.name,
    {
      hosts: { management: node.managementAddress },
      wan: { interface: 'mgmt0', address: `${node.managementAddress}/24`, gateway: '192.0.2.254' },
      ssh: { address: node.address, port: node.port, user: 'root' },
      thunderbridge: {
        bridge: 'thunderbridge',
        address: `10.99.0.${index + 1}/24`,
        mtu: 65520,
        ports: ['thunderbolt0', 'thunderbolt1'],
      },
    },
  ]);
  const cluster = {
    description: `${nodes.length} Debian systems in a ring`,
    nodes: Object.fromEntries(entries),
    thunderbridge: { cables: cables.map(({ ends }) => ends.map(({ node, port }) => `${node}:${port}`)) },
  };
  const written = join(lab, 'cluster/madagascar.json');
  const { backups } = existsSync(written) ? clusterSchema.parse(readJson(written)).clusters.madagascar : {};
  writeJson(written, {
    clusters: { madagascar: { ...cluster, ...(backups === undefined ? {} : { backups }) } },
  });
  const file = join(lab, 'cluster/host-keys.json');
  const known = existsSync(file) ? (readJson(file) as object) : {};
  const hosts = nodes.map(({ name, hostKey }) => {
    const [type, key] = hostKey.split(' ');
    return [name, { keys: [{ type, key }], trustedAt: new Date().toISOString(), by: 'known-hosts' }];
  });
  writeJson(file, { ...known, schema: 'sifaka.host-keys/1', hosts: Object.fromEntries(hosts) });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
