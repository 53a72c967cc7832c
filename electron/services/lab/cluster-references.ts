import type { Cluster, ClusterFile } from '../../../shared/schemas/cluster.ts';
import { cableEnd, portsOf } from '../../../shared/thunderbridge.ts';

interface ReferenceMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Cables that lead nowhere, and targets of backups on a server that is not there: what a schema cannot see, since it looks
 * at each value alone.
 */
export function clusterReferenceMistakes({ clusters }: ClusterFile): ReferenceMistake[] {
  return Object.entries(clusters).flatMap(([name, cluster]) =>
    below(['clusters', name, 'thunderbridge', 'cables'], cableMistakes(cluster)).concat(
      below(['clusters', name, 'backups', 'targets'], targetMistakes(cluster)),
    ),
  );
}

function below(base: readonly PropertyKey[], mistakes: readonly ReferenceMistake[]): ReferenceMistake[] {
  return mistakes.map(({ path, message }) => ({ path: [...base, ...path], message }));
}

function targetMistakes({ backups }: Cluster): ReferenceMistake[] {
  return Object.entries(backups?.targets ?? {}).flatMap(([name, { server }]) =>
    server === undefined || Object.hasOwn(backups?.servers ?? {}, server)
      ? []
      : [
          {
            path: [name, 'server'],
            message: `names the server ${server}, which is not under backups.servers`,
          },
        ],
  );
}

function cableMistakes({ nodes, thunderbridge }: Cluster): ReferenceMistake[] {
  const taken = new Set<string>();
  return (thunderbridge?.cables ?? []).flatMap((cable, index) =>
    cable.flatMap((end, side) => {
      const { node, port } = cableEnd(end);
      const message = whyNotAnEnd(nodes, node, port, taken.has(end));
      taken.add(end);
      return message === undefined ? [] : [{ path: [index, side], message }];
    }),
  );
}

function whyNotAnEnd(
  nodes: Cluster['nodes'],
  name: string,
  port: string,
  taken: boolean,
): string | undefined {
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (node === undefined) return `names the node ${name}, which this cluster has not`;
  if (!portsOf(node).some((known) => known.name === port)) {
    return `names the port ${port}, which is not in the thunderbridge.ports of ${name}`;
  }
  return taken ? `names ${name}:${port}, which has another cable; one port takes one cable` : undefined;
}
