import { z } from 'zod';
import { iterationIdSchema, pairNameSchema } from './sync-names.ts';
import type { SyncIteration } from './sync-record.ts';
import type { SyncBlocked } from './sync-report.ts';
import { syncRequestSchema } from './sync-request.ts';

const { src, dest, logDir, lockTtlSeconds } = syncRequestSchema.shape;

/** Marks two folders as the sides of a pair. */
export const syncInitSchema = z.strictObject({ src, dest, pair: pairNameSchema });

/** Ends the wait of a pair's other direction. */
export const syncResumeSchema = z.strictObject({ pair: pairNameSchema, logDir, lockTtlSeconds });
export type SyncResumeRequest = z.output<typeof syncResumeSchema>;

/** Takes one run back. */
export const syncUndoSchema = z.strictObject({
  iteration: iterationIdSchema,
  logDir,
  lockTtlSeconds,
  /** The side that the run changed, when no record says it. */
  dest: dest.optional(),
  /** No run of another one is taken back. */
  pair: pairNameSchema.optional(),
  /** Both folders of that pair: a run that changed another one is none of it, and their trash knows what no record says. */
  sides: z.array(dest).max(2).optional(),
  /** Only says what it would do. */
  dryRun: z.boolean().default(false),
});
export type SyncUndoRequest = z.output<typeof syncUndoSchema>;

/** Drops old rows of operations. */
export const syncGcSchema = z.strictObject({
  logDir,
  /** Rows that began longer ago. */
  retainDays: z.int().min(1).max(3650).default(30),
});
export type SyncGcRequest = z.output<typeof syncGcSchema>;

/** How the pairs stand, as the records have it. */
export const syncStatusSchema = z.strictObject({ logDir, pair: pairNameSchema.optional() });
export type SyncStatusRequest = z.output<typeof syncStatusSchema>;

export interface SyncInitReport {
  /** Real paths of the two sides. */
  readonly source: string;
  readonly destination: string;
  /** How many markers had to be written. */
  readonly made: 'both' | 'one' | 'none';
}

/** Both sides of a pair of the lab, by their names. */
export interface SyncPairMarks {
  readonly pair: string;
  readonly sides: { side: string; folder: string }[];
}

export interface SyncResumeReport {
  readonly pair: string;
  /** What was blocked; absent when nothing was, or when it could not be read. */
  readonly blocked?: SyncBlocked;
  readonly cleared: boolean;
}

export interface SyncGcReport {
  readonly dropped: number;
  readonly before: string;
  /** Iterations whose rows stayed since they can be undone still. */
  readonly kept: number;
  /** Destinations that could not be looked at: the rows of their iterations stayed. */
  readonly unseen: readonly string[];
}

export interface SyncDirectionStatus {
  readonly pair: string;
  readonly direction: string;
  readonly lastRun?: SyncIteration;
  /** Of a run that ended well. */
  readonly lastSuccess?: SyncIteration;
  readonly lastDryRun?: SyncIteration;
}

export interface SyncStatusReport {
  readonly directions: readonly SyncDirectionStatus[];
  readonly blocked: readonly SyncBlocked[];
  /** Runs whose records wait in the log folder, by pair. */
  readonly waiting: readonly { readonly pair: string; readonly runs: number }[];
  /** What kept a part from being known, in words. */
  readonly gaps: readonly string[];
}
