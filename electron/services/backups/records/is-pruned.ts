import type { BackupCopy, BackupRecord } from '../../../../shared/schemas/backup-record.ts';

/** Whether an archive, or a copy of it, is not expected to be there any more: it was pruned, or a prune was cut off at it. */
export function isPruned(of: Pick<BackupRecord | BackupCopy, 'pruneStartedAt' | 'prunedAt'>): boolean {
  return of.prunedAt !== undefined || of.pruneStartedAt !== undefined;
}
