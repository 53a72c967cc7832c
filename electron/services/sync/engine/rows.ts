import type { SyncNotice, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import type { Outcome } from './apply-step.ts';
import type { ByteName, Entry } from './entry.ts';
import type { Intent, SeenEntry } from './intents.ts';
import { shownPath } from './shown-path.ts';
import type { PlannedOperation } from './sync-plan.ts';
import { failureText } from './system-words.ts';

/** A planned operation under way: what it will be called in records. */
export interface Step {
  readonly planned: PlannedOperation;
  readonly uid: string;
}

/** The row of an operation that was tried; none for one that was not begun, or was left as it was. */
export function rowOf(
  { planned, uid }: Step,
  iteration: string,
  outcome: Outcome,
): SyncOperation | undefined {
  if (outcome.result === 'stopped' || outcome.result === 'kept') return undefined;
  if (outcome.result === 'changed' && !outcome.copied) return undefined;
  return {
    operation_uid: uid,
    iteration_uid: iteration,
    iteration_id: null,
    dry_run: false,
    operation: planned.operation,
    kind: planned.kind,
    filepath: shownPath(planned),
    size_before: sizeOf(planned.destination),
    size_after: sizeOf(planned.source),
    md5_before: planned.destinationMd5 ?? null,
    md5_after: planned.sourceMd5 ?? null,
    started_at: new Date(outcome.started).toISOString(),
    ended_at: new Date(outcome.ended).toISOString(),
    status: outcome.result === 'done' ? 'success' : 'fail',
    error_message: messageOf(outcome),
    reason: planned.reason,
    conflict: planned.conflict,
    trashed: 'trashed' in outcome && outcome.trashed !== undefined,
  };
}

function messageOf(outcome: Outcome): string | null {
  if (outcome.result === 'failed') return failureText(outcome.code);
  return outcome.result === 'changed' ? 'It changed while it was copied, twice.' : null;
}

/** What an operator should know about an operation that was left, if anything. */
export function noticeOf({ planned }: Step, outcome: Outcome): SyncNotice | undefined {
  const filepath = shownPath(planned);
  if (outcome.result === 'kept') {
    return { kind: 'kept', filepath, text: 'The folder is not empty; it was not deleted.' };
  }
  if (outcome.result !== 'changed') return undefined;
  const text = outcome.copied
    ? 'It changed while it was copied, and again while it was copied a second time. The destination was left as it is.'
    : 'It changed after it was looked at, on one of the two sides. It was left as it is; the next run looks again.';
  return { kind: 'changed-meanwhile', filepath, text };
}

function sizeOf(entry: Pick<Entry, 'kind' | 'size'> | undefined): number | null {
  return entry === undefined || entry.kind === 'folder' ? null : entry.size;
}

/** What is written down before an operation is carried out; `made` is what lies at `from`, or what a folder will be like. */
export function intentOf(
  { planned, uid }: Step,
  { made, from }: { readonly made?: Entry; readonly from?: ByteName },
): Intent {
  return {
    uid,
    operation: planned.operation,
    kind: planned.kind,
    path: planned.path,
    reason: planned.reason,
    conflict: planned.conflict,
    md5Before: planned.destinationMd5 ?? null,
    md5After: planned.sourceMd5 ?? null,
    before: planned.destination ? seen(planned.destination) : null,
    after: made ? seen(made) : null,
    from: from ?? null,
    started: Date.now(),
  };
}

function seen({ kind, size, mtimeMs, inode, mode, uid, gid }: Entry): SeenEntry {
  return { kind, size, mtimeMs, inode, ...(kind === 'folder' && { mode, uid, gid }) };
}

/** The operation that an intent was of, for its row. */
export function stepOf(intent: Intent): Step {
  const { uid, operation, kind, path, reason, conflict } = intent;
  return {
    uid,
    planned: {
      operation,
      kind,
      path,
      reason,
      conflict,
      ...(intent.before && { destination: entryOfSeen(intent.before) }),
      ...(intent.after && { source: entryOfSeen(intent.after) }),
      ...(intent.md5Before !== null && { destinationMd5: intent.md5Before }),
      ...(intent.md5After !== null && { sourceMd5: intent.md5After }),
    },
  };
}

/** What is not kept of an entry is not known any more, and decides nothing. */
function entryOfSeen(known: SeenEntry): Entry {
  const { kind, size, mtimeMs, inode, mode = 0, uid = 0, gid = 0 } = known;
  return { kind, size, mtimeMs, inode, mode, uid, gid, ctimeMs: mtimeMs, device: 0, links: 1, blocks: 0 };
}
