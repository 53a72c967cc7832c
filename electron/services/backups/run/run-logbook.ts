import { formatBytes } from '../../../../shared/quantities.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { NewChangelogEntry } from '../../lab/lab-folder.ts';
import { onOneLine } from '../../lab/plain-text.ts';

/** What the logbook says of a backup that was made, or was tried. */
export function backupEntry(record: BackupRecord): NewChangelogEntry {
  const { guest, outcome, problem, archive, storage, place, sizeBytes, warnings, pruneFailed, id } = record;
  const address = `${guest.node}/${guest.vmid}`;
  const named = guest.name === undefined ? address : `${address} (${onOneLine(guest.name, 80)})`;
  return {
    project: 'backups',
    summary:
      outcome === 'made'
        ? `Backed up ${named} to ${storage}: ${formatBytes(sizeBytes ?? 0)}`
        : `No backup of ${named}: ${endWords[outcome]}`,
    reason: problem === undefined ? '' : onOneLine(problem.what, 400),
    details: [
      ...(archive === undefined ? [] : [`${place ?? storage}: ${archive}`]),
      ...record.files.slice(0, 20).map(({ name, sha256 }) => `SHA-256 ${sha256} ${name}`),
      ...warnings.slice(0, 10),
      ...(pruneFailed === undefined ? [] : [`Older backups were not removed: ${pruneFailed}`]),
      `Backup ${id}, ${record.by === 'agent' ? 'by the agent' : 'by hand'}`,
    ],
    affectedResources: [address, `storage:${storage}`],
  };
}

const endWords: Readonly<Record<Exclude<BackupRecord['outcome'], 'made'>, string>> = {
  failed: 'it failed',
  cancelled: 'it was stopped',
  'cut-off': 'it was cut off',
};
