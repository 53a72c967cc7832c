import type { Archive, Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';

type Named = Pick<Archive, 'place' | 'type' | 'vmid'>;

/** Whose archives are on storages that several Proxmox clusters share, or nodes that are in none. */
export interface ArchiveOwners {
  /** Whether the name of an archive there fits guests of several clusters. */
  readonly isContested: (archive: Named) => boolean;
  /** The archive with the cluster of its guest; without one where nobody can say. `record`: by the archive's id. */
  readonly withOwner: (archive: Archive, record: BackupRecord | undefined) => Archive;
  /** Whether a record's guest is only a guess: it was written of an archive that was found. */
  readonly isGuess: (record: BackupRecord) => boolean;
}

/**
 * Proxmox names archives by type and id alone. Where more than one cluster has such a guest and they may share the storage,
 * whoever made an archive knows whose it is; of any other that is not known: it is no backup of either guest.
 */
export function archiveOwners(guests: readonly Pick<Guest, 'type' | 'vmid' | 'pveCluster'>[]): ArchiveOwners {
  const clusters = new Map<string, Set<string>>();
  for (const { type, vmid, pveCluster } of guests) {
    const key = `${type}/${vmid}`;
    clusters.set(key, (clusters.get(key) ?? new Set()).add(pveCluster));
  }
  const isContested = ({ place, type, vmid }: Named): boolean =>
    place.startsWith('storage:') && !place.includes('/') && (clusters.get(`${type}/${vmid}`)?.size ?? 0) > 1;
  return {
    isContested,
    withOwner(archive, record) {
      if (!isContested(archive)) return archive;
      return { ...archive, pveCluster: record?.foundAt === undefined ? record?.guest.pveCluster : undefined };
    },
    isGuess: ({ foundAt, place, guest: { type, vmid } }) =>
      foundAt !== undefined && place !== undefined && isContested({ place, type, vmid }),
  };
}
