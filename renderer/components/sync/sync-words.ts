import { t } from '@lingui/core/macro';
import type { SyncRun } from '../../../shared/schemas/sync-overview.ts';
import type { SyncNotice, SyncOperation, SyncReason } from '../../../shared/schemas/sync-record.ts';
import type { MarkState } from '../StateMark.tsx';

export const runMarks: Record<SyncRun['status'], MarkState> = {
  running: 'running',
  success: 'ok',
  partial_failure: 'warning',
  failed: 'danger',
};

export function runWords(status: SyncRun['status']): string {
  const words: Record<SyncRun['status'], string> = {
    running: t`Running`,
    success: t`Done`,
    partial_failure: t`Not everything`,
    failed: t`Failed`,
  };
  return words[status];
}

export function operationWords(operation: SyncOperation['operation']): string {
  if (operation === 'create') return t`create`;
  return operation === 'update' ? t`replace` : t`delete`;
}

/** Why this side was taken; runs of another tool say nothing. */
export function reasonWords(reason: SyncReason | null): string {
  if (reason === null) return t`It is not known.`;
  const words: Record<SyncReason, string> = {
    missing: t`It is not there yet.`,
    newer: t`The source is newer.`,
    'newer-within-threshold': t`Other bytes, and the source is newer by a little.`,
    tie: t`The same time and other bytes: the larger one is taken, on both sides.`,
    'changed-here-only': t`Only the source has changed since both were the same.`,
    'matches-agreed': t`Other bytes under the same size and time; the other side still has what both had.`,
    link: t`The link points elsewhere.`,
    kind: t`One side has a file where the other has a folder or a link.`,
    'deleted-at-source': t`The source has it no longer.`,
    undo: t`Put back by an undo.`,
  };
  return words[reason];
}

/** The same of what was done: the sides are not like that any more. */
export function doneReasonWords(reason: SyncReason | null): string {
  const words: Partial<Record<SyncReason, string>> = {
    missing: t`It was not there.`,
    newer: t`The source was newer.`,
    'newer-within-threshold': t`Other bytes, and the source was newer by a little.`,
    link: t`The link pointed elsewhere.`,
    kind: t`One side had a file where the other had a folder or a link.`,
    'deleted-at-source': t`The source had it no longer.`,
  };
  return (reason !== null && words[reason]) || reasonWords(reason);
}

/** The same of a file of which the destination's stays. */
export function stayingWords(reason: SyncReason): string {
  if (reason === 'newer') return t`It is newer there.`;
  if (reason === 'newer-within-threshold') return t`Other bytes, and newer there by a little.`;
  if (reason === 'changed-here-only') return t`Only that side has changed since both were the same.`;
  if (reason === 'matches-agreed')
    return t`Other bytes under the same size and time; that side still has what both had.`;
  return reasonWords(reason);
}

export function noticeWords(kind: SyncNotice['kind']): string {
  const words: Record<SyncNotice['kind'], string> = {
    special: t`Not a file, folder or link`,
    'future-time': t`Its time lies in the future`,
    'time-not-kept': t`A time that one side cannot keep`,
    'name-collision': t`Names that one side cannot tell apart`,
    'changed-meanwhile': t`Changed meanwhile`,
    'other-bytes': t`Other bytes, same size and time`,
    kept: t`Kept: new or edited there`,
    'hard-links': t`Several names of one file`,
    'other-file-system': t`Another file system`,
    'log-folder': t`A log folder`,
    unreadable: t`Cannot be read`,
    conflict: t`Changed on both sides`,
    'clock-skew': t`Clocks differ`,
  };
  return words[kind];
}
