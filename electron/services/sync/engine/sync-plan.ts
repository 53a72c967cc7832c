import type { SyncNotice, SyncOperation, SyncReason } from '../../../../shared/schemas/sync-record.ts';
import type { ByteName, Entry } from './entry.ts';

/** One change of the destination, and what both sides were like when it was decided. */
export interface PlannedOperation {
  readonly operation: SyncOperation['operation'];
  /** Of what is made or taken away. */
  readonly kind: SyncOperation['kind'];
  readonly path: ByteName;
  readonly reason: SyncReason;
  readonly conflict: boolean;
  /** Absent for a deletion. */
  readonly source?: Entry;
  /** What is there before; absent for a creation. Of another kind where a file takes a folder's place, or the other way. */
  readonly destination?: Entry;
  /** MD5 of the two sides, hexadecimal, where it was worked out. */
  readonly sourceMd5?: string;
  readonly destinationMd5?: string;
}

/** The same bytes under another time: the destination's time is set, and the file counts as skipped. */
export interface Alignment {
  readonly path: ByteName;
  readonly source: Entry;
  readonly destination: Entry;
}

export interface SyncCounts {
  /** Files and links, not folders. */
  readonly source: number;
  readonly destination: number;
  /** Under the same name on both sides. */
  readonly common: number;
  /** Of those, the ones that need nothing. */
  readonly equal: number;
  /** Operations: folders count, too. */
  readonly creates: number;
  readonly updates: number;
  /** Files and links of the destination that go away, also those in a folder that gives way to a file. */
  readonly deletes: number;
  /** What will be read from the source. */
  readonly bytes: number;
}

/** What the destination has newer, so that nothing is done about it: the other direction takes it. */
export interface Staying {
  readonly path: ByteName;
  readonly kind: SyncOperation['kind'];
  readonly reason: SyncReason;
  /** Of the destination's. */
  readonly size: number;
}

/** What one pass will do: plain data. Operations are in the order in which they are applied. */
export interface SyncPlan {
  readonly operations: readonly PlannedOperation[];
  readonly alignments: readonly Alignment[];
  /** One of kind `unreadable` means that the plan is not all there is to do; nothing is planned at or below its path. */
  readonly notices: readonly SyncNotice[];
  /** Unfinished copies that the walk met in the destination. */
  readonly temporaries: readonly ByteName[];
  /** The first of those of which the destination's stays; of all `stayingTotal` is the number. */
  readonly staying: readonly Staying[];
  readonly stayingTotal: number;
  readonly counts: SyncCounts;
  /** SHA-256 over the operations and alignments, hexadecimal: the same plan has the same. */
  readonly digest: string;
}
