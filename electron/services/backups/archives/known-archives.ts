import { Problem } from '../../../../shared/problem.ts';
import type { Archive, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { readNewestManifest } from '../discover/manifest-file.ts';
import type { BackupParts } from '../parts.ts';
import { archiveOwners } from './archive-owner.ts';
import { isPruned } from '../records/is-pruned.ts';

/** One archive at one place, and what was written down of it. */
export interface KnownArchive {
  readonly archive: Archive;
  /** Of whoever made it; one that was only found has none before it is verified. */
  readonly record?: BackupRecord;
}

/** What the newest manifest and the records have, each archive once; those that were pruned are not among them. */
export interface KnownArchives {
  readonly manifest: Manifest | undefined;
  readonly records: readonly BackupRecord[];
  readonly archives: ReadonlyMap<string, KnownArchive>;
}

/** LAB_FILE_INVALID. */
export async function readKnownArchives({
  lab,
  records,
  clock,
}: Pick<BackupParts, 'lab' | 'records' | 'clock'>): Promise<KnownArchives> {
  const [manifest, all] = await Promise.all([readNewestManifest(lab, clock.now()), records.all()]);
  return { manifest, records: all, archives: knownArchives(manifest, all) };
}

export function knownArchives(
  manifest: Manifest | undefined,
  records: readonly BackupRecord[],
): ReadonlyMap<string, KnownArchive> {
  const found = new Map<string, KnownArchive>();
  const { withOwner } = archiveOwners(manifest?.guests ?? []);
  for (const archive of manifest?.archives ?? [])
    found.set(archive.id, { archive: withOwner(archive, undefined) });
  for (const record of records) {
    if (record.outcome !== 'made' || record.archive === undefined) continue;
    if (record.place !== undefined) note(record.place, record, record);
    for (const copy of record.copies)
      if (copy.state === 'verified') note(`target:${copy.target}`, copy, record);
  }
  return found;

  function note(place: string, pruning: Pruning, record: BackupRecord): void {
    const id = `${place}#${record.archive}`;
    const seen = found.get(id);
    if (isPruned(pruning) && !isSeenSince(seen?.archive, pruning)) found.delete(id);
    // Of two records of one archive the newer one, which comes first, counts.
    else if (seen?.record === undefined)
      found.set(id, { archive: withOwner(seen?.archive ?? archiveOf(record, place), record), record });
  }

  /** A disk that was away for a while had nothing, and has everything again: what was listed later is there. */
  function isSeenSince(archive: Archive | undefined, { pruneStartedAt, prunedAt }: Pruning): boolean {
    if (manifest === undefined || archive === undefined || archive.seenAt !== undefined) return false;
    return Date.parse(manifest.at) > Date.parse(prunedAt ?? pruneStartedAt ?? '');
  }
}

type Pruning = Pick<BackupRecord, 'pruneStartedAt' | 'prunedAt'>;

/** As a manifest would have it: for what was made after the newest one. */
export function archiveOf(record: BackupRecord, place: string): Archive {
  const { guest, archive = '', volid, method, sizeBytes = 0 } = record;
  const isAtTarget = place.startsWith('target:');
  return {
    id: `${place}#${archive}`,
    place,
    name: archive,
    ...(isAtTarget ? {} : { node: guest.node }),
    ...(volid === undefined || isAtTarget ? {} : { volid }),
    pveCluster: guest.pveCluster,
    type: guest.type,
    vmid: guest.vmid,
    method,
    ctime: Math.floor(Date.parse(record.startedAt) / 1000),
    sizeBytes,
    format: /\.(?<format>(?:vma|tar)(?:\.\w+)?)$/.exec(archive)?.groups?.['format'] ?? 'export',
    protected: false,
    standardName: true,
    partial: false,
    fromTheFuture: false,
  };
}

/** ARCHIVE_UNKNOWN. */
export function archiveById({ archives }: KnownArchives, id: string): KnownArchive {
  const found = archives.get(id);
  if (found !== undefined) return found;
  throw new Problem('ARCHIVE_UNKNOWN', {
    what: `No archive is known as ${onOneLine(id, 300)}.`,
    state: 'Nothing was read or changed.',
    next: 'See `sifaka backups archives`; what is newer than the last discovery comes with `sifaka backups discover`.',
  });
}

/** The storage of a place, and the node that alone has it; nothing for a target. */
export function storageOf(place: string): { readonly storage: string; readonly node?: string } | undefined {
  const [, node, storage] = /^storage:(?:([a-z0-9-]+)\/)?([A-Za-z][A-Za-z0-9_.-]*)$/.exec(place) ?? [];
  if (storage === undefined) return undefined;
  return { storage, ...(node === undefined ? {} : { node }) };
}

export function targetOf(place: string): string | undefined {
  return place.startsWith('target:') ? place.slice('target:'.length) : undefined;
}
