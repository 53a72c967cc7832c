import type { BackupOverview } from '../../../../shared/schemas/backup-overview.ts';
import type { Archive, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { recordsByArchive } from '../prune/archive-state.ts';

/** Enough to see what kind they are; the list of all archives has every one. */
const shownOrphans = 500;

/** Files among the archives that no guest's row counts: left by a run that was cut off, or without a guest that they are of. */
export function orphansOf(
  manifest: Manifest | undefined,
  records: readonly BackupRecord[],
): BackupOverview['orphans'] {
  const owners = archiveOwners(manifest?.guests ?? []);
  const recordOf = recordsByArchive(records);
  return (manifest?.archives ?? [])
    .flatMap((archive) => {
      const isAnyones =
        owners.isContested(archive) &&
        owners.withOwner(archive, recordOf.get(archive.id)).pveCluster === undefined;
      const why = whyOrphan(archive) ?? (isAnyones ? ofSeveral : undefined);
      return why === undefined ? [] : [{ archive: archive.id, why, sizeBytes: archive.sizeBytes }];
    })
    .slice(0, shownOrphans);
}

const ofSeveral = 'several Proxmox clusters have a guest of its id, and no record says whose it is';

function whyOrphan({ partial, type, vmid, standardName }: Archive): string | undefined {
  if (partial) return 'half an archive: the run that made it was cut off, or works right now';
  if (type === undefined || vmid === undefined) return 'its name does not say which guest it is of';
  if (!standardName) return 'it was renamed, so that no prune counts or removes it';
  return undefined;
}
