import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { progressSchema } from '../progress.ts';
import { cardEvidenceSchema, receiptSchema } from './card.ts';
import { timestampSchema } from './names.ts';

/**
 * A job's owner is one process, known by three things that no other process shares: its pid, the time it started (in
 * the unit of the operating system, as text) and the boot it belongs to.
 */
export const jobOwnerSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.string(),
  bootId: z.string(),
  host: z.string(),
});
export type JobOwner = z.infer<typeof jobOwnerSchema>;

export const jobKindSchema = z.enum(['card-burn', 'card-build', 'card-verify', 'image-add']);

export const jobReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('card'), receipt: receiptSchema }),
  z.object({ kind: z.literal('card-evidence'), evidence: cardEvidenceSchema }),
  z.object({
    kind: z.literal('image'),
    name: z.string(),
    rawSha256: z.string(),
    size: z.int().nonnegative(),
  }),
]);
export type JobReport = z.infer<typeof jobReportSchema>;

/** One line of a job's journal, and one event of `jobs.follow`. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    at: timestampSchema,
    id: z.uuid(),
    kind: jobKindSchema,
    title: z.string(),
    /** What it locks: the target's path; two jobs never share one. */
    subject: z.string(),
    planDigest: z.string().optional(),
    owner: jobOwnerSchema,
    /** What the target is like if nothing more is ever heard of this job. */
    ifCutOff: z.string(),
  }),
  z.object({
    type: z.literal('progress'),
    at: timestampSchema,
    progress: progressSchema,
    ifCutOff: z.string().optional(),
  }),
  z.object({ type: z.literal('note'), at: timestampSchema, text: z.string() }),
  z.object({
    type: z.literal('ended'),
    at: timestampSchema,
    outcome: z.enum(['done', 'failed', 'cancelled', 'cut-off']),
    report: jobReportSchema.optional(),
    problem: problemSchema.optional(),
  }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

export const jobSummarySchema = z.object({
  id: z.uuid(),
  kind: jobKindSchema,
  title: z.string(),
  subject: z.string(),
  startedAt: timestampSchema,
  endedAt: timestampSchema.optional(),
  state: z.enum(['running', 'done', 'failed', 'cancelled', 'cut-off']),
  progress: progressSchema.optional(),
  problem: problemSchema.optional(),
  /** true when this process owns it. */
  mine: z.boolean(),
});
export type JobSummary = z.infer<typeof jobSummarySchema>;
