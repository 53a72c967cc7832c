import type { ProblemRecord } from '../../../../shared/problem.ts';
import type { Archive, Guest, Manifest } from '../../../../shared/schemas/backup-manifest.ts';

/** All places of a lab as they were just seen. */
export interface PrunePlaces {
  readonly archives: readonly Archive[];
  readonly guests: readonly Guest[];
  /** Places that could not be looked at, and why. */
  readonly gaps: readonly { readonly place: string; readonly problem: ProblemRecord }[];
  readonly isLookedAt: (place: string) => boolean;
  /** All that there are, as far as is known. */
  readonly names: readonly string[];
  /** The nodes that answered and use the storage that an archive is on. */
  nodesWith(archive: Archive): string[];
}

type Seen = Pick<Manifest, 'nodes' | 'guests' | 'archives' | 'targets'>;

/**
 * The places of what a discovery saw. A node that did not answer is a gap for itself and for the storages that only it has;
 * a storage that could not be listed, or a target that is not ready, is one too.
 */
export function placesOf({ nodes, guests, archives, targets }: Seen): PrunePlaces {
  const gaps = new Map<string, ProblemRecord>();
  const seen = new Set<string>();
  for (const { node, state, problem, storages } of nodes) {
    // Nothing of Proxmox there: no storage of it either.
    if (state === 'silent' || (state === 'answered' && storages.length === 0 && problem !== undefined))
      gaps.set(`node:${node}`, problem ?? silent(node));
    for (const storage of storages) {
      if (!storage.backups) continue;
      const place = placeOfStorage(node, storage);
      if (storage.problem === undefined && storage.active) seen.add(place);
      else gaps.set(place, storage.problem ?? inactive(node, storage.storage));
    }
  }
  for (const { target, state, problem } of targets) {
    const place = `target:${target}`;
    if (state === 'ready' && problem === undefined) seen.add(place);
    else gaps.set(place, problem ?? notReady(target, state));
  }
  // What one node could not list of a shared storage, another one has.
  for (const place of seen) gaps.delete(place);
  return {
    // What is known from an earlier time only is not there for certain.
    archives: archives.filter(({ place, seenAt }) => seen.has(place) && seenAt === undefined),
    guests,
    gaps: [...gaps].map(([place, problem]) => ({ place, problem })),
    isLookedAt: (place) => seen.has(place),
    names: [...new Set([...seen, ...gaps.keys()])].filter((place) => !place.startsWith('node:')).toSorted(),
    nodesWith: ({ place, pveCluster }) =>
      nodes
        .filter(
          (one) =>
            one.state === 'answered' &&
            (pveCluster === undefined || one.pveCluster === undefined || one.pveCluster === pveCluster) &&
            one.storages.some((storage) => storage.active && placeOfStorage(one.node, storage) === place),
        )
        .map(({ node }) => node),
  };
}

function placeOfStorage(node: string, { storage, shared }: { storage: string; shared: boolean }): string {
  return shared ? `storage:${storage}` : `storage:${node}/${storage}`;
}

function silent(node: string): ProblemRecord {
  return {
    code: 'NODE_SILENT',
    what: `${node} did not answer.`,
    state: 'What it has is not known, and nothing is removed there.',
    next: `See whether it can be reached: sifaka nodes check ${node}`,
  };
}

function inactive(node: string, storage: string): ProblemRecord {
  return {
    code: 'STORAGE_UNUSABLE',
    what: `The storage ${storage} is not active on ${node}.`,
    state: 'What is on it is not known, and nothing is removed there.',
    next: `See on ${node} what pvesm status says.`,
  };
}

function notReady(target: string, state: string): ProblemRecord {
  return {
    code: state === 'unreachable' ? 'TARGET_UNREACHABLE' : 'TARGET_UNMOUNTED',
    what: `The target ${target} is ${state === 'not-set-up' ? 'not set up' : state}.`,
    state: 'What is there is not known, and nothing is removed there.',
    next: 'Look at it: sifaka backups targets',
  };
}
