import { randomUUID } from 'node:crypto';
import type { SyncOperation, SyncStaying } from '../../../../shared/schemas/sync-record.ts';
import { shownPath } from '../engine/shown-path.ts';
import type { PlannedOperation, Staying } from '../engine/sync-plan.ts';

/** The row of an operation that a dry run found: what it would do, at the time it was looked at. */
export function plannedRow(planned: PlannedOperation, iterationUid: string, at: Date): SyncOperation {
  const { operation, kind, path, reason, conflict, source, destination, sourceMd5, destinationMd5 } = planned;
  const time = at.toISOString();
  return {
    operation_uid: randomUUID(),
    iteration_uid: iterationUid,
    iteration_id: null,
    dry_run: true,
    operation,
    kind,
    filepath: shownPath({ path, kind }),
    size_before: destination === undefined ? null : destination.size,
    size_after: source === undefined ? null : source.size,
    md5_before: destinationMd5 ?? null,
    md5_after: sourceMd5 ?? null,
    started_at: time,
    ended_at: time,
    status: 'success',
    error_message: null,
    reason,
    conflict,
    trashed: false,
  };
}

/** What stays at the destination, as a report names it. */
export function stayingRow({ path, kind, reason, size }: Staying): SyncStaying {
  return { kind, filepath: shownPath({ path, kind }), reason, size };
}
