import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { BackupRecords } from '../records/backup-records.ts';
import { isPruned } from '../records/is-pruned.ts';
import type { TaskLog } from './task-log.ts';

/** Where vzdump itself removes older backups, the records of those say so: they were pruned, and are not lost. */
export async function noteRemoved(
  records: BackupRecords,
  { place, endedAt }: BackupRecord,
  { removed }: Pick<TaskLog, 'removed'>,
): Promise<void> {
  if (removed.length === 0) return;
  const volids = new Set(removed);
  const gone = (await records.all()).filter(
    (one) => one.place === place && one.volid !== undefined && volids.has(one.volid) && !isPruned(one),
  );
  for (const { id } of gone)
    await records.put(id, (now) => {
      if (now === undefined) throw new Error('a record is never taken away');
      return { ...now, prunedAt: endedAt };
    });
}
