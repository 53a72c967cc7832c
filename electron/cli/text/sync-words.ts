import { formatBytes } from '../../../shared/quantities.ts';
import type {
  SyncNotice,
  SyncOperation,
  SyncReason,
  SyncStaying,
} from '../../../shared/schemas/sync-record.ts';
import { terminalText } from '../../../shared/terminal-text.ts';

/** Why this side's state was taken, in an operator's words. */
export const reasonWords: Readonly<Record<SyncReason, string>> = {
  missing: 'was not there',
  newer: 'is newer',
  'newer-within-threshold': 'is newer by less than the threshold, with other bytes',
  tie: 'has the same time and other bytes; the larger one is taken, or by MD5',
  'changed-here-only': 'changed only on this side',
  'matches-agreed': 'has other bytes; the other side still had the last agreed ones',
  link: 'is a link that points elsewhere',
  kind: 'is of another kind on the other side: a file, a folder or a link',
  'deleted-at-source': 'is no longer in the source',
  undo: 'is put back',
};

/** What a group of notices is called. */
export const noticeTitles: Readonly<Record<SyncNotice['kind'], string>> = {
  conflict: 'Conflicts: both sides had changed. The newer one stays, the other lies in the trash',
  unreadable: 'Could not be read',
  'future-time': 'Left alone, their time lies in the future',
  'time-not-kept': 'One of the two sides cannot keep their times',
  'changed-meanwhile': 'Left alone, they changed while they were looked at',
  'other-bytes': 'Left alone, other bytes under the same size and time',
  kept: 'Kept although the source does not have them: new or edited there',
  'name-collision': 'Left alone, one of the two sides cannot tell these names apart',
  special: 'Left alone, neither files, folders nor links',
  'hard-links': 'Several names of one file; each is copied by itself',
  'other-file-system': 'Not entered, another file system is mounted there',
  'log-folder': 'Not entered, marked as a log folder of syncs',
  'clock-skew': 'Clocks',
};

/** In this order an operator wants to hear of them. */
export const noticeOrder = [
  'unreadable',
  'conflict',
  'other-bytes',
  'future-time',
  'changed-meanwhile',
  'kept',
  'name-collision',
  'time-not-kept',
  'clock-skew',
  'special',
  'other-file-system',
  'log-folder',
  'hard-links',
] as const satisfies readonly SyncNotice['kind'][];

/** `update  plan.txt  30 B  is newer`, of the side that wins. */
export function stayingLine({ filepath, kind, size, reason }: SyncStaying): string {
  return `update  ${filepath}${kind === 'file' ? `  ${formatBytes(size)}` : ''}  ${reasonWords[reason]}`;
}

/** `create  photos/a.jpg  1.2 MB  was not there`. */
export function operationLine(operation: SyncOperation): string {
  const { filepath, status, error_message: error, reason, conflict } = operation;
  const size = operation.operation === 'delete' ? operation.size_before : operation.size_after;
  const bytes = operation.kind === 'file' && size !== null ? `  ${formatBytes(size)}` : '';
  const why = status === 'fail' ? `FAILED: ${error ?? 'no reason is known'}` : reasonWords[reason];
  return terminalText(
    `${operation.operation.padEnd(6)}  ${filepath}${bytes}  ${why}${conflict ? ' (conflict)' : ''}`,
  );
}
