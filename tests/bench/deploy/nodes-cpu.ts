import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Cluster } from '../../rig/cluster/start-cluster.ts';
import { hierarchies } from '../../rig/cluster/abandoned.ts';

/** Seconds that all processes of a cluster's nodes have computed so far; the kernel counts them for each of its cgroups. */
export function nodesCpu({ folder, nodes }: Cluster): number {
  const [hierarchy = ''] = hierarchies();
  const microseconds = nodes.map(({ name }) => {
    const text = readFileSync(join(hierarchy, basename(folder), name, 'cpu.stat'), 'utf8');
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]);
  });
  return microseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}
