import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { sha256Schema, timestampSchema } from './names.ts';
import { directionSchema, pairNameSchema } from './sync-names.ts';
import { sideNameSchema } from './sync-pairs.ts';
import { syncNoticeSchema, syncOperationSchema, syncStayingSchema } from './sync-record.ts';

/** So many operations of a plan are shown; the others are counted. */
export const shownOperations = 1000;
export const shownNotices = 200;
export const shownStaying = 50;

/** A pair of the lab and one way over it: all that a window may say. */
export const syncChoiceSchema = z.strictObject({ pair: pairNameSchema, direction: directionSchema });
export type SyncChoice = z.infer<typeof syncChoiceSchema>;

/** One side of an operation as it was when it was planned. */
const plannedVersionSchema = z.object({
  kind: z.enum(['file', 'folder', 'link', 'special']),
  size: z.int().nonnegative(),
  /** When it was changed last, as its side says. */
  modified: timestampSchema,
});
export type PlannedVersion = z.infer<typeof plannedVersionSchema>;

export const shownOperationSchema = syncOperationSchema
  .pick({ operation: true, kind: true, filepath: true, reason: true, conflict: true })
  .extend({
    /** What comes; absent for a deletion. */
    source: plannedVersionSchema.optional(),
    /** What is there, and goes to the trash; absent for a creation. */
    destination: plannedVersionSchema.optional(),
  });
export type ShownOperation = z.infer<typeof shownOperationSchema>;

/** How many files and links a plan replaces, and how many it takes away. */
export const syncLossSchema = z.strictObject({
  replaces: z.int().nonnegative(),
  deletes: z.int().nonnegative(),
});
export type SyncLoss = z.infer<typeof syncLossSchema>;

/** What one pass would do, as far as it is shown. */
export const shownSyncPlanSchema = z.object({
  schema: z.literal('sifaka.sync-plan/1'),
  at: timestampSchema,
  pair: pairNameSchema,
  direction: directionSchema,
  from: sideNameSchema,
  to: sideNameSchema,
  src: z.string(),
  dest: z.string(),
  deleteMissing: z.boolean(),
  counts: z.object({
    /** Files and links on each side, and under the same name on both. */
    source: z.int().nonnegative(),
    destination: z.int().nonnegative(),
    common: z.int().nonnegative(),
    equal: z.int().nonnegative(),
    /** Files and links; folders are made on the way. */
    creates: z.int().nonnegative(),
    updates: z.int().nonnegative(),
    deletes: z.int().nonnegative(),
    bytes: z.number().nonnegative(),
    /** The same bytes, whose time is set. */
    alignments: z.int().nonnegative(),
    /** Files that both sides had changed. */
    conflicts: z.int().nonnegative(),
  }),
  operations: z.array(shownOperationSchema).max(shownOperations),
  /** Those that are not among them. */
  furtherOperations: z.int().nonnegative(),
  /** What the destination has newer: it stays, and the other direction brings it over. */
  staying: z.array(syncStayingSchema).max(shownStaying),
  furtherStaying: z.int().nonnegative(),
  notices: z.array(syncNoticeSchema).max(shownNotices),
  furtherNotices: z.int().nonnegative(),
  /** Where what is replaced or deleted goes, and for how long it stays there. */
  trash: z.string(),
  trashRetainDays: z.int().nonnegative(),
  /** Why a run would stop before its first change. */
  stop: problemSchema.optional(),
  /** Where it stops only because it is so much: what somebody has to agree to for this plan to be run all the same. */
  toAgreeTo: syncLossSchema.optional(),
  /** When the same was found before, and no new rows were written. */
  alreadyCurrentSince: timestampSchema.optional(),
});
export type ShownSyncPlan = z.infer<typeof shownSyncPlanSchema>;

export const plannedSyncSchema = z.object({
  plan: shownSyncPlanSchema,
  /** Of the whole plan, with its pair and direction. */
  digest: sha256Schema,
});
export type PlannedSync = z.infer<typeof plannedSyncSchema>;
