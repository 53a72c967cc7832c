import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { timestampSchema } from './names.ts';
import { directionSchema, pairNameSchema } from './sync-names.ts';
import { sideNameSchema } from './sync-pairs.ts';
import { syncIterationSchema, syncOperationSchema, syncReasonSchema } from './sync-record.ts';

/** A run as it is kept, with how many of its files both sides had changed. */
export const syncRunSchema = syncIterationSchema.extend({
  /** Not known before the store has it. */
  conflicts: z.int().nonnegative().optional(),
});
export type SyncRun = z.infer<typeof syncRunSchema>;

/** An operation as it is kept; runs of another tool give no reason. */
export const keptOperationSchema = syncOperationSchema.extend({
  /** Its row's number, which grows. */
  id: z.int().nonnegative(),
  reason: syncReasonSchema.nullable(),
});
export type KeptOperation = z.infer<typeof keptOperationSchema>;

export const syncDirectionStateSchema = z.object({
  direction: directionSchema,
  from: sideNameSchema,
  to: sideNameSchema,
  src: z.string(),
  dest: z.string(),
  deleteMissing: z.boolean(),
  /** Left out when there was none, or nobody knows. */
  lastRun: syncRunSchema.optional(),
  lastDryRun: syncRunSchema.optional(),
  /** Why it may not run: the other one failed, and what that left is not known to be whole. */
  blocked: problemSchema.optional(),
});
export type SyncDirectionState = z.infer<typeof syncDirectionStateSchema>;

export const syncPairStateSchema = z.object({
  pair: pairNameSchema,
  directions: z.array(syncDirectionStateSchema),
  /** Logs of runs in the log folder that the store does not have yet. */
  waiting: z.int().nonnegative(),
});
export type SyncPairState = z.infer<typeof syncPairStateSchema>;

/** Where the runs are kept. */
export const syncStoreStateSchema = z.object({
  kind: z.enum(['database', 'file']),
  /** `none`: it is a file that the first run makes. */
  state: z.enum(['reachable', 'unreachable', 'none']),
  /** Host and database, or the file; never with a password. */
  place: z.string(),
  problem: problemSchema.optional(),
});
export type SyncStoreState = z.infer<typeof syncStoreStateSchema>;

/** What is known of the pairs from the log folder and the store; neither side of a pair is looked at. */
export const syncOverviewSchema = z.object({
  at: timestampSchema,
  pairsFile: z.enum(['missing', 'there']),
  logFolder: z.string().optional(),
  /** Why the log folder cannot be read, so that nobody takes a blocked pair for a free one. */
  logFolderProblem: problemSchema.optional(),
  store: syncStoreStateSchema.optional(),
  pairs: z.array(syncPairStateSchema),
});
export type SyncOverview = z.infer<typeof syncOverviewSchema>;
