import { randomUUID } from 'node:crypto';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupCheck, BackupFile, BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { type KnownArchive, type KnownArchives, storageOf } from '../archives/known-archives.ts';
import type { BackupParts } from '../parts.ts';
import { compressionOf } from './archive-tools.ts';

/** As many as a record may have. */
const mostChecks = 200;

interface Kept {
  readonly checks: readonly BackupCheck[];
  readonly files: readonly BackupFile[];
  readonly record?: BackupRecord;
}

/**
 * Puts checks into the record of an archive; one that was found and has none gets one, with the digests of what was found.
 * A failed check is in the logbook. Answers the record's id; nothing for an archive that is of no guest.
 */
export async function keepChecks(
  { records, clock }: Pick<BackupParts, 'records' | 'clock'>,
  known: KnownArchives,
  { archive, record }: KnownArchive,
  seen: Kept,
): Promise<string | undefined> {
  const first = record ?? seen.record ?? foundRecord(known, archive, seen.files, clock.now());
  if (first === undefined) return undefined;
  const failed = seen.checks.filter(({ outcome }) => outcome === 'failed');
  await records.put(
    first.id,
    (now) => {
      const before = now ?? first;
      return { ...before, checks: [...before.checks, ...seen.checks].slice(-mostChecks) };
    },
    failed.length === 0
      ? undefined
      : {
          project: 'backups',
          summary: onOneLine(`The archive ${archive.name} at ${archive.place} is not good`, 500),
          reason: failed.map(({ detail }) => detail).join(' '),
          details: seen.checks.map(({ kind, outcome, detail }) => `${kind} ${outcome}: ${detail}`),
          affectedResources: [archive.id],
        },
  );
  return first.id;
}

/** Digests of what nobody had any of before; they compare with nothing that was made. */
function foundRecord(
  known: KnownArchives,
  archive: Archive,
  files: readonly BackupFile[],
  now: Date,
): BackupRecord | undefined {
  const { place, name, type, vmid, volid, node, method } = archive;
  const storage = storageOf(place);
  if (storage === undefined || type === undefined || vmid === undefined || files.length === 0)
    return undefined;
  const guest = known.manifest?.guests.find(
    (one) =>
      one.type === type &&
      one.vmid === vmid &&
      (archive.pveCluster === undefined || one.pveCluster === archive.pveCluster),
  );
  const asked = known.manifest?.nodes.find((one) => one.node === node);
  const where = guest?.node ?? node;
  const pveCluster = guest?.pveCluster ?? archive.pveCluster ?? asked?.pveCluster ?? node;
  if (where === undefined || pveCluster === undefined) return undefined;
  const at = new Date(archive.ctime * 1000).toISOString();
  return {
    id: randomUUID(),
    guest: {
      pveCluster,
      type,
      vmid,
      node: where,
      ...(guest?.name === undefined ? {} : { name: guest.name }),
    },
    by: 'operator',
    method,
    compress: compressionOf(name),
    storage: storage.storage,
    startedAt: at,
    endedAt: at,
    foundAt: now.toISOString(),
    outcome: 'made',
    place,
    archive: name,
    ...(volid === undefined ? {} : { volid }),
    files: [...files],
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    warnings: [],
    copies: [],
    checks: [],
  };
}
