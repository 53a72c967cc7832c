import type { BackupOverview } from '../../../../shared/schemas/backup-overview.ts';
import type { Guest, Manifest, ManifestNode } from '../../../../shared/schemas/backup-manifest.ts';
import type { GuestKey } from '../../../../shared/schemas/backup-names.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { type BackupIndex, keyText } from './guest-backups.ts';

type Ghost = BackupOverview['ghosts'][number];

export interface KnownGuests {
  /** Those that nodes told of, and those that are known from records and may be on a node that did not answer. */
  readonly guests: readonly Guest[];
  readonly ghosts: readonly Ghost[];
}

/**
 * A guest is gone only when every node that may have it has answered without it. Until then it keeps its row, and is
 * `unknown`: a node that is down must not make its guests vanish from the list.
 */
export function knownGuests(manifest: Manifest | undefined, index: BackupIndex): KnownGuests {
  const told = manifest?.guests ?? [];
  const there = new Set(told.map(keyText));
  const guests = [...told];
  const ghosts: Ghost[] = [];
  for (const key of index.keys) {
    if (there.has(keyText(key))) continue;
    const { backups, records } = index.of(key);
    const last = records[0];
    const node = mayBeOn(manifest, key, last);
    if (node !== undefined) guests.push(unheard(key, node, last));
    else {
      const archives = backups.flatMap((backup) => [...backup.archives.values()]);
      const newest = backups.find((backup) => backup.archives.size > 0);
      if (newest === undefined) continue;
      const name = last?.guest.name;
      ghosts.push({
        type: key.type,
        vmid: key.vmid,
        name,
        archives: archives.length,
        bytes: archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        newest: new Date(newest.at).toISOString(),
      });
    }
  }
  return { guests, ghosts: ghosts.toSorted((a, b) => a.vmid - b.vmid) };
}

/** The node without an answer that a guest may be on. */
function mayBeOn(
  manifest: Manifest | undefined,
  key: GuestKey,
  last: BackupRecord | undefined,
): string | undefined {
  if (manifest === undefined) return last?.guest.node ?? key.pveCluster;
  const isOpen = ({ state, pveCluster, node }: ManifestNode) =>
    state !== 'answered' && (pveCluster === undefined || [pveCluster, node].includes(key.pveCluster));
  // A node in no cluster, which answered, has told of all the guests that this name of a cluster stands for.
  if (
    manifest.nodes.some(
      (one) => one.state === 'answered' && one.pveCluster === undefined && one.node === key.pveCluster,
    )
  )
    return undefined;
  const open = manifest.nodes.filter(isOpen).map(({ node }) => node);
  if (last !== undefined) return open.includes(last.guest.node) ? last.guest.node : undefined;
  return open[0];
}

function unheard({ pveCluster, type, vmid }: GuestKey, node: string, last: BackupRecord | undefined): Guest {
  const name = last?.guest.name;
  return {
    pveCluster,
    type,
    vmid,
    node,
    name,
    status: 'unknown',
    template: false,
    tags: [],
    excludedDisks: [],
    source: 'other-node',
  };
}
