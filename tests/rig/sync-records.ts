import { randomUUID } from 'node:crypto';
import type { SyncIteration, SyncOperation } from '../../shared/schemas/sync-record.ts';

/** Records of a run as the engine makes them, with what a test wants otherwise. */
export function makeIteration(wanted: Partial<SyncIteration> = {}): SyncIteration {
  return {
    iteration_uid: randomUUID(),
    sync_pair: 'media',
    direction: 'dell-to-hp',
    src: '/mnt/dell/media',
    dest: '/mnt/hp/media',
    started_at: '2026-11-21T10:00:00.125Z',
    ended_at: '2026-11-21T10:00:09.500Z',
    status: 'success',
    dry_run: false,
    files_created: 1,
    files_updated: 0,
    files_deleted: 0,
    files_skipped: 12,
    files_failed: 0,
    total_bytes_transferred: 4096,
    error_message: null,
    ...wanted,
  };
}

export function makeOperation(iteration: SyncIteration, wanted: Partial<SyncOperation> = {}): SyncOperation {
  return {
    operation_uid: randomUUID(),
    iteration_uid: iteration.iteration_uid,
    iteration_id: null,
    dry_run: iteration.dry_run,
    operation: 'create',
    kind: 'file',
    filepath: 'films/one.mkv',
    size_before: null,
    size_after: 4096,
    md5_before: null,
    md5_after: null,
    started_at: '2026-11-21T10:00:01.001Z',
    ended_at: '2026-11-21T10:00:02.002Z',
    status: 'success',
    error_message: null,
    reason: 'missing',
    conflict: false,
    trashed: false,
    ...wanted,
  };
}

export function makeOperations(iteration: SyncIteration, count: number): SyncOperation[] {
  return Array.from({ length: count }, (_, index) =>
    makeOperation(iteration, {
      filepath: `photos/2026/${String(index % 100)}/IMG_${String(index)}.jpg`,
      size_after: index,
    }),
  );
}
