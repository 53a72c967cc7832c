import { z } from 'zod';
import {
  accessProblems,
  backupProblems,
  cardProblems,
  driveProblems,
  jobProblems,
  labProblems,
  secretProblems,
  sshProblems,
} from '../problem.ts';
import { discoverySchema, manifestTargetSchema } from '../schemas/backup-manifest.ts';
import { nodeNameSchema, targetNameSchema } from '../schemas/backup-names.ts';
import { backupOverviewSchema, listedArchiveSchema } from '../schemas/backup-overview.ts';
import {
  agentStateSchema,
  backupRequestSchema,
  plannedAgentSchema,
  plannedBackupSchema,
  plannedPruneSchema,
  plannedRestoreSchema,
  pruneRequestSchema,
  restoreRequestSchema,
  restoreTestRequestSchema,
  verifyRequestSchema,
} from '../schemas/backup-plans.ts';
import { backupRecordSchema } from '../schemas/backup-record.ts';
import { sha256Schema } from '../schemas/names.ts';
import { destructive, operator, problems, viewer } from './base.ts';

const codes = {
  ...backupProblems,
  ...sshProblems,
  ...secretProblems,
  ...labProblems,
  ...jobProblems,
  TARGET_IN_USE: driveProblems.TARGET_IN_USE,
  NODE_UNKNOWN: cardProblems.NODE_UNKNOWN,
  PLAN_CHANGED: cardProblems.PLAN_CHANGED,
};

const planDigest = z.strictObject({ planDigest: sha256Schema });
const confirmed = z.strictObject({ planDigest: sha256Schema, confirmation: z.string().min(1).max(128) });
const job = z.object({ jobId: z.uuid() });
const nodes = z.strictObject({ nodes: z.array(nodeNameSchema).min(1).max(64).optional() });

/** Backups of the lab's guests. What asks nodes or targets is for operators: it uses their keys. */
export const backupsContract = {
  /** Asks every node for its guests, storages, archives and networks, and every target; writes the manifest. */
  discover: operator.errors(problems(codes)).output(discoverySchema),
  /** Guest by guest, whether it could be restored tonight; from the lab's files alone. */
  overview: viewer.errors(problems(codes)).output(backupOverviewSchema),
  /** Every archive that the newest manifest and the records have, the newest first. */
  archives: viewer.errors(problems(codes)).output(z.array(listedArchiveSchema)),
  /** What was backed up, newest first. */
  records: viewer
    .errors(problems(codes))
    .input(z.strictObject({ limit: z.int().min(1).max(10_000) }))
    .output(z.array(backupRecordSchema)),

  /** What a run would do, without doing it. */
  plan: operator.errors(problems(codes)).input(backupRequestSchema).output(plannedBackupSchema),
  /** Starts the job that runs exactly the plan that was shown. It makes archives and removes none. */
  run: operator.errors(problems(codes)).input(planDigest).output(job),

  planPrune: operator.errors(problems(codes)).input(pruneRequestSchema).output(plannedPruneSchema),
  /** Removes exactly the archives that the plan marked. */
  prune: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(confirmed)
    .output(job),

  /** Reads archives again and compares; changes none. */
  verify: operator.errors(problems(codes)).input(verifyRequestSchema).output(job),
  /** Makes a guest of an archive under a scratch id, without a network, lets it answer, and removes it. */
  restoreTest: operator.errors(problems(codes)).input(restoreTestRequestSchema).output(job),

  planRestore: operator.errors(problems(codes)).input(restoreRequestSchema).output(plannedRestoreSchema),
  restore: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(confirmed)
    .output(job),

  targets: operator.errors(problems(codes)).output(z.array(manifestTargetSchema)),
  /** Puts the mark on a target's folder or bucket without which nothing is copied there. */
  initTarget: operator
    .errors(problems(codes))
    .input(z.strictObject({ target: targetNameSchema }))
    .output(manifestTargetSchema),

  /** The agents on the nodes, by the nodes' own word. */
  agents: operator.errors(problems(codes)).output(z.array(agentStateSchema)),
  /** What deploying the agent would change; `remove` takes it away. */
  planAgent: operator
    .errors(problems(codes))
    .input(nodes.extend({ remove: z.boolean().default(false) }))
    .output(plannedAgentSchema),
  deployAgent: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(confirmed)
    .output(job),
  /** Takes in what agents did since last time: records, and their lines in the logbook. */
  collect: operator
    .errors(problems(codes))
    .input(nodes)
    .output(
      z.object({
        collected: z.int().nonnegative(),
        nodes: z.array(agentStateSchema),
        /** Of the job that makes copies which the agents cannot make. */
        jobId: z.uuid().optional(),
      }),
    ),

  /** A single-use permission for exactly this plan, for this session, for ten minutes. */
  confirm: operator
    .errors(problems({ ...codes, ...accessProblems }))
    .input(planDigest)
    .output(z.object({ confirmation: z.string(), expiresAt: z.string() })),
};
