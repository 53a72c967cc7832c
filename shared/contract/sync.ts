import { z } from 'zod';
import {
  accessProblems,
  cardProblems,
  driveProblems,
  jobProblems,
  labProblems,
  secretProblems,
  syncProblems,
} from '../problem.ts';
import { sha256Schema } from '../schemas/names.ts';
import { keptOperationSchema, syncOverviewSchema, syncRunSchema } from '../schemas/sync-overview.ts';
import { iterationIdSchema, pairNameSchema } from '../schemas/sync-names.ts';
import { sideNameSchema } from '../schemas/sync-pairs.ts';
import { plannedSyncSchema, syncChoiceSchema, syncLossSchema } from '../schemas/sync-plans.ts';
import { destructive, operator, problems, viewer } from './base.ts';

const codes = {
  ...syncProblems,
  ...secretProblems,
  ...labProblems,
  ...jobProblems,
  TARGET_IN_USE: driveProblems.TARGET_IN_USE,
  PLAN_CHANGED: cardProblems.PLAN_CHANGED,
};

const planDigest = z.strictObject({ planDigest: sha256Schema });

/**
 * The pairs of folders of the lab's `sync/pairs.yaml`. A window names a pair and a direction; which folders these are stands in
 * the lab alone.
 */
export const syncContract = {
  /** Pair by pair, what is known of both directions. Neither side is looked at, and nothing is written. */
  overview: viewer
    .errors(problems(codes))
    .input(
      z.strictObject({
        /** Whether the store is asked for the last runs; else only the log folder is read. */
        store: z.boolean(),
      }),
    )
    .output(syncOverviewSchema),
  /** Runs and dry runs, the newest first. */
  iterations: viewer
    .errors(problems(codes))
    .input(
      z.strictObject({
        pair: pairNameSchema.optional(),
        dryRun: z.boolean().optional(),
        limit: z.int().min(1).max(200),
      }),
    )
    .output(z.array(syncRunSchema)),
  /** One run with its operations, in the order they were made; `after` is the number of the last one that is known. */
  operations: viewer
    .errors(problems(codes))
    .input(
      z.strictObject({
        iteration: iterationIdSchema,
        after: z.int().nonnegative().optional(),
        limit: z.int().min(1).max(1000),
      }),
    )
    .output(
      z.object({
        run: syncRunSchema,
        operations: z.array(keptOperationSchema),
      }),
    ),

  /** Looks at both sides and says what a run would do; kept as a dry run. No file of either side is changed. */
  plan: operator.errors(problems(codes)).input(syncChoiceSchema).output(plannedSyncSchema),
  /** A single-use permission for exactly this plan, for this session, for ten minutes. */
  confirm: operator
    .errors(problems({ ...codes, ...accessProblems }))
    .input(planDigest)
    .output(z.object({ confirmation: z.string(), expiresAt: z.string() })),
  /**
   * Does exactly what the plan of this digest has; what became another file since is left and named. `agreed` is `toAgreeTo` of
   * that plan: without it a run that replaces or deletes more than the pair allows stops before its first change.
   */
  run: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(planDigest.extend({ confirmation: z.string().min(1).max(128), agreed: syncLossSchema.optional() }))
    .output(z.object({ jobId: z.uuid() })),

  /** Writes the marks of a pair into both of its folders, without which nothing is run. Never over those of another pair. */
  initPair: operator
    .errors(problems(codes))
    .input(z.strictObject({ pair: pairNameSchema }))
    .output(
      z.object({
        pair: pairNameSchema,
        sides: z.array(z.object({ side: sideNameSchema, folder: z.string() })),
      }),
    ),
  /** Lets a pair run again in the direction that the failure of the other one holds back. */
  resume: operator
    .errors(problems(codes))
    .input(z.strictObject({ pair: pairNameSchema }))
    .output(z.object({ pair: pairNameSchema, wasBlocked: z.boolean() })),
};
