import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { sha256Schema, timestampSchema } from './names.ts';
import {
  syncIterationSchema,
  syncNoticeSchema,
  syncOperationSchema,
  syncStayingSchema,
} from './sync-record.ts';

/** Rows that a report carries; of more it has the number, and the records have them all. */
export const reportedRows = 1000;

const countSchema = z.int().nonnegative();

/** What one run has done and found, or of a dry run what it would do: plain data. */
export const syncRunReportSchema = z.object({
  kind: z.literal('sync-run'),
  iteration: syncIterationSchema,
  /** Where its log and the state of the pair are, absolute. */
  logDir: z.string(),
  /** What there was when it was planned, without folders; `bytes` is what the plan reads from the source. */
  counts: z.object({
    source: countSchema,
    destination: countSchema,
    common: countSchema,
    equal: countSchema,
    creates: countSchema,
    updates: countSchema,
    deletes: countSchema,
    bytes: countSchema,
  }),
  /** Of the plan. */
  digest: sha256Schema,
  /** Those that failed first, then in the order they were made. */
  operations: z.array(syncOperationSchema).max(reportedRows),
  operationsTotal: countSchema,
  notices: z.array(syncNoticeSchema).max(reportedRows),
  noticesTotal: countSchema,
  /** Of a dry run in which the destination's side of a file wins: the first of these, and how many they are. */
  staying: z.array(syncStayingSchema).max(reportedRows).optional(),
  stayingTotal: countSchema.optional(),
  /** The folder that has the versions which were replaced or deleted, absolute; absent when there are none. */
  trash: z.string().optional(),
  /** The last dry run came to the same plan, at this time: no rows were written. */
  currentAsOf: timestampSchema.optional(),
  /** Why a run with these options would stop before its first change. */
  wouldStop: problemSchema.optional(),
  /**
   * Whether the records are where they belong, or wait in the log folder for the next run; or whether the log folder failed
   * before it had the end of the run, which the next one then records as cut off although it was not.
   */
  recorded: z.enum(['stored', 'kept', 'end-unwritten']),
  /** Not everything was done: SYNC_INCOMPLETE. */
  problem: problemSchema.optional(),
});
export type SyncRunReport = z.infer<typeof syncRunReportSchema>;

/** An error of one direction, for which the other one waits. */
export const syncBlockedSchema = z.object({
  schema: z.literal('sifaka.sync-blocked/1'),
  pair: z.string(),
  /** What the failed direction is called. */
  direction: z.string(),
  /** Its source's and destination's ids, from their markers: a label may be the same for both directions. */
  source: z.uuid(),
  destination: z.uuid(),
  src: z.string(),
  dest: z.string(),
  iteration: z.uuid(),
  since: timestampSchema,
  problem: problemSchema,
});
export type SyncBlocked = z.infer<typeof syncBlockedSchema>;
