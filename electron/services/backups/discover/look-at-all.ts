import type { Archive, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { Cluster, ClusterFile } from '../../../../shared/schemas/cluster.ts';
import { zonedTime } from '../../../../shared/zoned-time.ts';
import type { BackupParts } from '../parts.ts';
import { askNodes } from './ask-nodes.ts';
import { lookAtTargets, type SeenTargets } from './look-at-targets.ts';
import type { AskedNode } from './node-facts.ts';
import { seenArchives, type SeenArchives, unseenArchives } from './seen-archives.ts';
import { answeredNodes, seenGuests } from './seen-guests.ts';
import { seenNodes, type TargetWay } from './seen-nodes.ts';

/** All that a discovery sees: the manifest without its date and what is new in it. */
export type Seen = Pick<Manifest, 'cluster' | 'nodes' | 'guests' | 'archives' | 'targets'>;

/** What was asked for it, before the manifest before is laid beside it. */
export interface Looked {
  readonly cluster: string;
  readonly asked: readonly AskedNode[];
  readonly targets: SeenTargets;
  readonly ways: readonly TargetWay[];
  /** The policy's, in which names of archives tell their time where nothing else does. */
  readonly timeZone: string;
}

/**
 * Asks every node and every target of the lab, all at the same time, and writes nothing. A node or a target that does not
 * answer is in it with its problem. LAB_FILE_INVALID, CANCELLED.
 */
export async function lookAround(parts: BackupParts, signal: AbortSignal): Promise<Looked> {
  const [ways, file, policy] = await Promise.all([
    parts.ssh.ways(),
    parts.lab.cluster(),
    parts.lab.backupPolicy(),
  ]);
  const clusters = Object.values(file?.value.clusters ?? {});
  const targetWays = clusters.flatMap(waysOfTargets);
  const addresses = [...new Set(targetWays.flatMap(({ address }) => address ?? []))];
  const [asked, targets] = await Promise.all([
    askNodes(parts, ways, addresses, signal),
    lookAtTargets(parts, signal),
  ]);
  return {
    cluster: clusterNames(file?.value),
    asked,
    targets,
    ways: targetWays,
    timeZone: policy?.value.timezone ?? 'UTC',
  };
}

/** Pure: what was seen, and of what could not be looked at what the manifest before has. */
export function seenBeside(
  { cluster, asked, targets, ways, timeZone }: Looked,
  before: Manifest | undefined,
): Seen {
  const answered = answeredNodes(asked, before);
  const guests = seenGuests(asked, answered, before);
  const storages = seenArchives(answered, guests, zonedTime(timeZone));
  const nodes = seenNodes(asked, answered, storages.storages, ways);
  const seen: Archive[] = [...storages.archives, ...targets.archives];
  const ids = new Set(seen.map(({ id }) => id));
  const unseen = unseenArchives(
    before,
    (archive) =>
      !ids.has(archive.id) &&
      !isListed(archive, before, storages, targets) &&
      mayBeThere(archive.place, asked, storages, targets),
  );
  const archives = [...seen, ...unseen];
  return {
    cluster,
    nodes,
    guests,
    archives: archives.toSorted((a, b) => compare(a.place, b.place) || compare(a.name, b.name)),
    targets: [...targets.targets],
  };
}

/** Whether an archive of the manifest before would have been seen if it were there. */
function isListed(
  { place, node }: Archive,
  before: Manifest | undefined,
  storages: SeenArchives,
  targets: SeenTargets,
): boolean {
  const byClusters = storages.listed.get(place);
  const cluster = before?.nodes.find((earlier) => earlier.node === node)?.pveCluster;
  return (
    targets.listed.has(place) ||
    (byClusters !== undefined && (cluster === undefined || byClusters.has(cluster)))
  );
}

/** Whether a place that nobody listed is one that somebody could not look at. */
function mayBeThere(
  place: string,
  asked: readonly AskedNode[],
  { storages }: SeenArchives,
  { targets }: SeenTargets,
): boolean {
  const [, target] = /^target:(.*)$/.exec(place) ?? [];
  if (target !== undefined) return targets.some((known) => known.target === target);
  const [, node, storage] = /^storage:(?:([^/]*)\/)?(.*)$/.exec(place) ?? [];
  // One that answered may not have said its storages.
  const isSilent = asked.some(
    ({ member, found }) =>
      ('silent' in found || ('guests' in found && found.storages === undefined)) &&
      (node ?? member.name) === member.name,
  );
  if (isSilent) return true;
  return [...storages].some(
    ([name, here]) =>
      (node ?? name) === name &&
      here.some(
        (found) =>
          found.storage === storage && found.problem !== undefined && found.shared === (node === undefined),
      ),
  );
}

/** Bytes for an S3 server and for a folder here come to us; those for a NAS go there from the node. */
function waysOfTargets({ backups }: Cluster): TargetWay[] {
  return Object.entries(backups?.targets ?? {}).map(([target, { kind, server }]) => {
    const address = server === undefined ? undefined : backups?.servers[server]?.address;
    return kind === 'node-folder' && address !== undefined ? { target, address } : { target };
  });
}

function clusterNames(file: ClusterFile | undefined): string {
  return Object.keys(file?.clusters ?? {}).join(', ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
