import { z } from 'zod';
import {
  accessProblems,
  cardProblems,
  driveProblems,
  imageProblems,
  jobProblems,
  labProblems,
  secretProblems,
} from '../problem.ts';
import { planDigestSchema, plannedCardSchema, receiptSchema, targetRequestSchema } from '../schemas/card.ts';
import { hostLabelSchema } from '../schemas/names.ts';
import { destructive, operator, problems, viewer } from './base.ts';

const codes = {
  ...cardProblems,
  ...driveProblems,
  ...imageProblems,
  ...jobProblems,
  ...labProblems,
  ...secretProblems,
};

export const nodeSummarySchema = z.object({
  name: hostLabelSchema,
  alias: z.string().optional(),
  description: z.string(),
  nodeClass: z.string(),
  image: z.string(),
  recoverable: z.boolean(),
  hostname: z.string(),
  interface: z.string(),
  /** Addresses with prefix length, or `dhcp`. */
  addresses: z.array(z.string()),
  k3sRole: z.enum(['server', 'agent', 'none']),
  labels: z.record(z.string(), z.string()),
  taints: z.array(z.string()),
  longhornDisks: z.int().nonnegative(),
  /** Of the newest receipt. */
  lastCardAt: z.string().optional(),
});
export type NodeSummary = z.infer<typeof nodeSummarySchema>;

const cardRequest = z.strictObject({ node: hostLabelSchema, target: targetRequestSchema });

export const cardsContract = {
  nodes: viewer.errors(problems(codes)).output(z.array(nodeSummarySchema)),
  /** What a burn would do, without doing it. Planning may decompress the golden image into the cache. */
  plan: viewer.errors(problems(codes)).input(cardRequest).output(plannedCardSchema),
  /** A single-use permission for exactly this plan, for this session, for ten minutes. */
  confirm: operator
    .errors(problems({ ...cardProblems, ...accessProblems }))
    .input(z.strictObject({ planDigest: planDigestSchema }))
    .output(z.object({ confirmation: z.string(), expiresAt: z.string() })),
  /** Starts the job that runs exactly the plan that was shown; another plan by now is PLAN_CHANGED. */
  burn: destructive
    .errors(problems({ ...codes, ...accessProblems }))
    .input(z.strictObject({ planDigest: planDigestSchema, confirmation: z.string().min(1).max(128) }))
    .output(z.object({ jobId: z.uuid() })),
  /**
   * Starts a job that reads a card again and compares it with its newest receipt for that target. Good until first boot.
   * For operators: it keeps others off the target while it runs, and a proof goes into the lab's logbook.
   */
  verify: operator
    .errors(problems(codes))
    .input(cardRequest)
    .output(z.object({ jobId: z.uuid() })),
  /** Newest first. */
  receipts: viewer
    .errors(problems(codes))
    .input(z.strictObject({ node: hostLabelSchema.optional() }))
    .output(z.array(receiptSchema)),
};
