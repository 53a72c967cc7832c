import type { SyncNotice, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import type { ByteName, Entry } from './entry.ts';

/** What lies at the destination now; `after` is absent where nothing does. */
export interface AppliedPath {
  readonly path: ByteName;
  readonly after?: Entry | undefined;
}

/** What a batch did. Everything in it was read back; it is certainly durable when the last batch was. */
export interface AppliedBatch {
  /** Complete rows, also of what failed. */
  readonly operations: readonly SyncOperation[];
  /** What has become durable since the last batch was answered, for the agreed state: mostly what earlier batches did. */
  readonly applied: readonly AppliedPath[];
  /** The same of files whose time was set. */
  readonly aligned: readonly AppliedPath[];
  readonly notices: readonly SyncNotice[];
  /** Copied from the source. */
  readonly bytes: number;
  /** Operations that failed, so that the destination is not what the plan says; not those of files that change all the time. */
  readonly failed: number;
  /** The destination is full, and nothing else is begun. */
  readonly full?: {
    readonly missingBytes: number;
    readonly freeBytes: number;
    readonly notAttempted: number;
  };
}
