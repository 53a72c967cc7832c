import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { BackupStorage, ManifestNode } from '../../../../shared/schemas/backup-manifest.ts';
import { placeSchema } from '../../../../shared/schemas/backup-names.ts';
import { placeOf } from './seen-archives.ts';
import { type AnsweredNode, labNode } from './seen-guests.ts';
import type { AskedNode } from './node-facts.ts';

/** A target of the cluster file, and where its bytes go from a node; without an address they go to us. */
export interface TargetWay {
  readonly target: string;
  readonly address?: string;
}

/** Every node of the lab, and those that only Proxmox knows. */
export function seenNodes(
  asked: readonly AskedNode[],
  answered: readonly AnsweredNode[],
  storages: ReadonlyMap<string, readonly BackupStorage[]>,
  ways: readonly TargetWay[],
): ManifestNode[] {
  const nodes = asked.map(({ member: { name: node }, found }): ManifestNode => {
    if ('silent' in found) return { node, state: 'silent', problem: found.silent, storages: [], routes: [] };
    if ('other' in found) {
      const { other } = found;
      return {
        node,
        state: 'not-proxmox',
        other,
        problem: notProxmox(node, other),
        storages: [],
        routes: [],
      };
    }
    const pveCluster = answered.find((other) => other.node === node)?.pveCluster ?? node;
    const here = storages.get(node) ?? [];
    return {
      node,
      state: 'answered',
      ...(found.problem === undefined ? {} : { problem: found.problem }),
      pveCluster,
      ...(found.version === undefined ? {} : { version: found.version }),
      clockSkewSeconds: found.clockSkewSeconds,
      storages: [...here],
      routes: routesOf(node, found, here, ways),
    };
  });
  return [...nodes, ...strangers(asked, answered)];
}

function routesOf(
  node: string,
  { routes, routeToUs, configured }: AnsweredNode['facts'],
  storages: readonly BackupStorage[],
  ways: readonly TargetWay[],
): ManifestNode['routes'] {
  const places = [
    ...storages.flatMap((storage) => {
      const address = configured.get(storage.storage)?.server;
      return address === undefined ? [] : [{ place: placeOf(storage, node), address }];
    }),
    ...ways.map(({ target, address }) => ({ place: `target:${target}`, address })),
  ];
  return places.flatMap(({ place, address }) => {
    const route = address === undefined ? routeToUs : routes.get(address);
    return route === undefined || !placeSchema.safeParse(place).success ? [] : [{ place, ...route }];
  });
}

/** Nodes with guests that Proxmox knows and the cluster file has not: nobody asked them. */
function strangers(asked: readonly AskedNode[], answered: readonly AnsweredNode[]): ManifestNode[] {
  const known = new Set(asked.map(({ member }) => member.name));
  const found = new Map<string, ManifestNode>();
  for (const { node: told, pveCluster, facts } of answered) {
    for (const { pveNode } of facts.guests) {
      const node = labNode(answered, pveCluster, pveNode);
      if (node === undefined || known.has(node) || found.has(node)) continue;
      found.set(node, {
        node,
        state: 'silent',
        problem: notInLab(node, pveCluster, told),
        pveCluster,
        storages: [],
        routes: [],
      });
    }
  }
  return [...found.values()];
}

function notProxmox(node: string, other: 'libvirt' | 'none'): ProblemRecord {
  return new Problem('NOT_PROXMOX', {
    what:
      other === 'libvirt'
        ? `${node} has no Proxmox: its guests are libvirt's (virsh is there), which Sifaka does not back up.`
        : `${node} has no Proxmox, and nothing else that manages guests.`,
    state: 'No guest of it is looked for. Nothing was changed there.',
    next: `Back its guests up with their own tools, or take ${node} out of the cluster file.`,
  }).toRecord();
}

function notInLab(node: string, pveCluster: string, told: string): ProblemRecord {
  return new Problem('NODE_UNKNOWN', {
    what: `${told} says that ${node} is in the Proxmox cluster ${pveCluster} and has guests; the cluster file has no such node.`,
    state: `${node} was not asked: of its guests is known what the cluster says.`,
    next: `Add ${node} to the nodes of the cluster file.`,
  }).toRecord();
}
