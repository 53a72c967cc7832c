import { z } from 'zod';
import {
  accessProblems,
  bridgeProblems,
  cardProblems,
  driveProblems,
  issueProblems,
  jobProblems,
  labProblems,
  sshProblems,
} from '../problem.ts';
import {
  bridgeCheckSchema,
  bridgeDescriptionSchema,
  bridgeOverviewSchema,
  bridgeRequestSchema,
  deploySummarySchema,
  designNameSchema,
  designSummarySchema,
  plannedBridgeSchema,
  timerStatusSchema,
} from '../schemas/bridge.ts';
import { issueIdSchema } from '../schemas/issue.ts';
import { importedAddressesSchema, newAttemptSchema } from '../schemas/bridge-design.ts';
import { hostLabelSchema, sha256Schema } from '../schemas/names.ts';
import { destructive, operator, problems, viewer } from './base.ts';

const codes = {
  ...bridgeProblems,
  ...sshProblems,
  ...labProblems,
  ...jobProblems,
  ...issueProblems,
  TARGET_IN_USE: driveProblems.TARGET_IN_USE,
  NODE_UNKNOWN: cardProblems.NODE_UNKNOWN,
  PLAN_CHANGED: cardProblems.PLAN_CHANGED,
};

/** The Thunderbolt bridge of the lab. What asks the nodes is for operators: it logs in with their keys. */
export const bridgeContract = {
  designs: viewer.errors(problems(codes)).output(z.array(designSummarySchema)),
  /** Renders the next design from the cluster file, with what was put by hand into the one before it. */
  newAttempt: operator
    .errors(problems(codes))
    .input(z.strictObject({ from: z.union([designNameSchema, z.literal('none')]).optional() }))
    .output(newAttemptSchema),
  /**
   * Reads a deploy script of the lab, without running it, for addresses that the cluster file lacks; `write` sets them
   * there. What the cluster file has is never changed.
   */
  importAddresses: operator
    .errors(problems(codes))
    .input(z.strictObject({ script: z.string().min(1).max(512), write: z.boolean().default(false) }))
    .output(importedAddressesSchema),
  /** The bridge as the cluster file has it; no node is asked. */
  described: viewer.errors(problems(codes)).output(bridgeDescriptionSchema),
  /** The bridge as it is on every node now. A node that does not answer is in it with the reason. */
  look: operator.errors(problems(codes)).output(bridgeOverviewSchema),
  /** What a deploy would do, without doing it. */
  plan: operator.errors(problems(codes)).input(bridgeRequestSchema).output(plannedBridgeSchema),
  /** A single-use permission for exactly this plan, for this session, for ten minutes. */
  confirm: operator
    .errors(problems({ ...codes, ...accessProblems }))
    .input(z.strictObject({ planDigest: sha256Schema }))
    .output(z.object({ confirmation: z.string(), expiresAt: z.string() })),
  /** Starts the job that runs exactly the plan that was shown; cancelling it takes everything back at once. */
  deploy: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(z.strictObject({ planDigest: sha256Schema, confirmation: z.string().min(1).max(128) }))
    .output(z.object({ jobId: z.uuid() })),
  /** Newest first. */
  deploys: viewer.errors(problems(codes)).output(z.array(deploySummarySchema)),
  /**
   * Ends a deploy that was split or cut off: asks the nodes, confirms or takes back what still waits, and says so in its
   * record. Answers the request for the deploy that brings the others to the same state, where there are such.
   */
  converge: operator
    .errors(problems(codes))
    .input(z.strictObject({ to: z.enum(['new', 'old']).optional() }))
    .output(z.object({ deploy: deploySummarySchema, request: bridgeRequestSchema.optional() })),
  /** Starts the job that checks every node and, both ways, every pair of nodes. */
  check: operator
    .errors(problems(codes))
    .input(
      z.strictObject({
        nodes: z.array(hostLabelSchema).min(1).max(64).optional(),
        throughput: z.boolean().default(false),
        /** Asked for by a timer: it comes into the logbook only when its verdict is another than the last. */
        scheduled: z.boolean().default(false),
      }),
    )
    .output(z.object({ jobId: z.uuid() })),
  /** Newest first. */
  checks: viewer
    .errors(problems(codes))
    .input(z.strictObject({ limit: z.int().min(1).max(200) }))
    .output(z.array(bridgeCheckSchema)),
  /** Opens an issue of the lab for what a check found; asks its nodes again, for the evidence. */
  openIssue: operator
    .errors(problems(codes))
    .input(z.strictObject({ check: z.uuid() }))
    .output(z.object({ id: issueIdSchema, file: z.string() })),
  /** The timer of this machine that checks this lab's bridge. Only from the command line, as its changes. */
  timer: operator.errors(problems(codes)).output(timerStatusSchema),
  setTimer: operator
    .errors(problems(codes))
    .input(z.strictObject({ everyMinutes: z.int().min(1).max(10_080).nullable() }))
    .output(timerStatusSchema),
};
