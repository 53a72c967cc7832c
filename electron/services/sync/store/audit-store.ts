import type { SyncIteration, SyncOperation, SyncReason } from '../../../../shared/schemas/sync-record.ts';

/** What a repeated dry run is compared by. */
export type DryRunRow = Pick<SyncOperation, 'filepath' | 'operation' | 'size_before'>;

export interface StoredIteration extends SyncIteration {
  readonly id: number;
}

export interface StoredOperation extends Omit<SyncOperation, 'reason'> {
  readonly id: number;
  /** `null` in rows of a tool that did not record it. */
  readonly reason: SyncReason | null;
}

/** What the stored operations of one iteration come to. */
export interface StoredCounts {
  readonly files_created: number;
  readonly files_updated: number;
  readonly files_deleted: number;
  readonly files_failed: number;
  /** Of the files that were made or replaced. */
  readonly total_bytes_transferred: number;
}

/**
 * Where iterations and operations are kept: MySQL, MariaDB, or a file in the log folder. Everything that may be repeated is
 * idempotent: the same iteration or operation twice is one row. SYNC_STORE_UNAVAILABLE for whatever the server or file does,
 * SYNC_STORE_NEWER where a newer version of this program has changed the tables.
 */
export interface AuditStore {
  /** Which one it is, in words and without a secret. */
  readonly description: string;
  /** What of the DSN is not used, a sentence each. */
  readonly notes: readonly string[];
  /** Inserts or brings up to date, and answers its id. One that has ended is never set back to `running`. */
  saveIteration(iteration: SyncIteration): Promise<number>;
  /**
   * In batches, each in a transaction. An iteration that is not there yet is made as one that runs: what it came to in the end is
   * saved when its rows are there.
   */
  saveOperations(iteration: SyncIteration, operations: readonly SyncOperation[]): Promise<void>;
  /** Of these operations of an iteration, the ones that are not stored: read back from the table, whatever a write answered. */
  missingOperations(iterationUid: string, operationUids: readonly string[]): Promise<string[]>;
  countsOf(iterationUid: string): Promise<StoredCounts>;
  /** The last successful dry run of this direction, with its rows. */
  lastDryRun(
    pair: string,
    direction: string,
  ): Promise<{ readonly iteration: StoredIteration; readonly rows: readonly DryRunRow[] } | undefined>;
  /** What has iterations, in the order of its names. */
  directions(pair?: string): Promise<{ readonly pair: string; readonly direction: string }[]>;
  /** The newest first. */
  iterations(filter: {
    readonly pair?: string;
    readonly direction?: string;
    readonly dryRun?: boolean;
    readonly status?: SyncIteration['status'];
    /** Began before it. */
    readonly before?: Date;
    /** Changed something, or failed to. */
    readonly changing?: true;
    readonly limit: number;
  }): Promise<StoredIteration[]>;
  iteration(uid: string): Promise<StoredIteration | undefined>;
  /** In the order they were made; `after` is the id of the last one that is known. */
  operations(
    iterationUid: string,
    page: { readonly after?: number; readonly limit: number },
  ): Promise<StoredOperation[]>;
  /** How many operations were conflicts, by the uid of the iteration; those without any are not named. */
  conflicts(iterationUids: readonly string[]): Promise<Map<string, number>>;
  /**
   * Drops operation rows that began before `before`, but those of the last successful dry run of each pair and direction, and
   * those of the iterations in `keep`. Answers how many.
   */
  dropOperations(before: Date, keep: ReadonlySet<string>): Promise<number>;
  /** Never throws. */
  close(): Promise<void>;
}
