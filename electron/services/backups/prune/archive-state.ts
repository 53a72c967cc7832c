import type { ArchiveState } from '../../../../shared/retention-safety.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupCheck, BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { hasMadeSize } from '../records/has-made-size.ts';

/** What the records say of one archive at one place. */
export interface KnownArchive {
  readonly state: ArchiveState;
  /** What makes it `unknown`, in words. */
  readonly why?: string;
}

/** The records by the archives that they are of, at their storage and at targets. */
export function recordsByArchive(records: readonly BackupRecord[]): ReadonlyMap<string, BackupRecord> {
  const found = new Map<string, BackupRecord>();
  for (const record of records) {
    const { archive, place, copies, outcome } = record;
    if (archive === undefined || outcome !== 'made') continue;
    if (place !== undefined) found.set(`${place}#${archive}`, record);
    for (const { target } of copies) found.set(`target:${target}#${archive}`, record);
  }
  return found;
}

/**
 * What is known of an archive where it is. `good`: somebody read it there and found it right, and nobody has found it wrong
 * since: a check that passed, or a copy whose bytes were compared at the far end, which were read from the storage for that.
 * A digest that was taken when it was made proves nothing about what is there now.
 */
export function stateOfArchive(archive: Archive, record: BackupRecord | undefined): KnownArchive {
  if (archive.partial)
    return { state: 'unknown', why: 'only a part of it is there, which a run that was cut off left' };
  if (archive.fromTheFuture)
    return { state: 'unknown', why: 'its time is yet to come, by the clock of its node' };
  if (record === undefined) return { state: 'unverified' };
  if (!hasMadeSize(archive, record))
    return {
      state: 'unknown',
      why: `it has ${archive.sizeBytes} bytes, and had ${record.sizeBytes} when it was made`,
    };
  const checks = record.checks.filter(({ place }) => place === archive.place);
  if (newestOfEachKind(checks).some(({ outcome }) => outcome === 'failed')) return { state: 'unverified' };
  const wasChecked = checks.some(({ outcome }) => outcome === 'passed');
  const wasCompared = record.copies.some(
    ({ target, state }) =>
      state === 'verified' && (archive.place === `target:${target}` || archive.place === record.place),
  );
  return { state: wasChecked || wasCompared ? 'good' : 'unverified' };
}

/** Of those that came to an end: that a tool is not on a node says nothing of the archive. */
function newestOfEachKind(checks: readonly BackupCheck[]): BackupCheck[] {
  const newest = new Map<BackupCheck['kind'], BackupCheck>();
  for (const check of checks) {
    const before = newest.get(check.kind);
    if (check.outcome === 'unavailable') continue;
    if (before === undefined || Date.parse(before.at) <= Date.parse(check.at)) newest.set(check.kind, check);
  }
  return [...newest.values()];
}
