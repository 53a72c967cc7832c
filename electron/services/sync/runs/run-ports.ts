import type { StepDefinition, StepProgress } from '../../../../shared/progress.ts';
import type { SyncNotice, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import type { SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import type { Clock } from '../../clock.ts';
import type { BatchLimits } from '../engine/batches.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import type { TakeSyncLock } from '../lock/sync-lock.ts';
import type { AuditStore } from '../store/audit-store.ts';

/** What a run needs besides the two folders. */
export interface SyncRunPorts {
  readonly clock: Clock;
  readonly takeLock: TakeSyncLock;
  /** The database, or the file in the log folder; its password stays with whoever made this. SYNC_DSN_INVALID. */
  openStore(logDir: string, options?: { readonly readOnly?: true }): AuditStore;
  /** Whether records are kept in a database, and not in the log folder. */
  readonly hasDatabase: boolean;
  /** The pod's or the host's name, for the lock's holder. */
  readonly hostName: string;
  /** What is made durable at once, where it is not what engine/batches.ts says. */
  readonly batches?: BatchLimits;
}

/** What a run says while it runs, in order. */
export type SyncRunEvent =
  | { readonly type: 'progress'; readonly progress: StepProgress }
  /** What an operator should read, a sentence or two. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'notice'; readonly notice: SyncNotice }
  /** What was just done, or failed; of a dry run what would be done. */
  | { readonly type: 'operations'; readonly operations: readonly SyncOperation[] }
  /** From now on the destination is like this if nothing more is heard of the run. */
  | { readonly type: 'if-cut-off'; readonly state: string };

export interface SyncRunOptions {
  readonly signal: AbortSignal;
  /** Hears every event; what it does must not take long. */
  readonly tell?: (event: SyncRunEvent) => void;
  /** The plan that was shown: it is applied as it is, and no other is made. */
  readonly reviewed?: SyncPlan;
}

export interface SyncRunOutcome {
  readonly report: SyncRunReport;
  readonly plan: SyncPlan;
}

/** The steps that `progress` events are of. */
export const syncRunSteps: readonly StepDefinition[] = [
  { id: 'look', label: 'Compare both sides', unit: 'files', weight: 2 },
  { id: 'apply', label: 'Copy', unit: 'bytes', weight: 8 },
  { id: 'record', label: 'Write the records', unit: 'steps', weight: 1 },
];
