import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { progressSchema } from '../progress.ts';
import { archiveIdSchema } from './backup-names.ts';
import { agentStateSchema } from './backup-plans.ts';
import { backupCheckSchema, backupRecordSchema } from './backup-record.ts';
import { bridgeCheckSchema, deploySummarySchema } from './bridge.ts';
import { cardEvidenceSchema, receiptSchema } from './card.ts';
import { jobOwnerSchema } from './job-owner.ts';
import { timestampSchema } from './names.ts';
import { syncRunReportSchema } from './sync-report.ts';

export const jobKindSchema = z.enum([
  'card-burn',
  'card-build',
  'card-verify',
  'image-add',
  'bridge-deploy',
  'bridge-check',
  'backup-run',
  'backup-prune',
  'backup-verify',
  'backup-restore',
  'backup-restore-test',
  'backup-agent-deploy',
  'sync-run',
]);

export const jobReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('card'), receipt: receiptSchema }),
  z.object({ kind: z.literal('card-evidence'), evidence: cardEvidenceSchema }),
  z.object({
    kind: z.literal('image'),
    name: z.string(),
    rawSha256: z.string(),
    size: z.int().nonnegative(),
  }),
  z.object({
    kind: z.literal('bridge-deploy'),
    deploy: deploySummarySchema,
    check: bridgeCheckSchema.optional(),
  }),
  z.object({ kind: z.literal('bridge-check'), check: bridgeCheckSchema }),
  z.object({ kind: z.literal('backup-run'), backups: z.array(backupRecordSchema) }),
  z.object({
    kind: z.literal('backup-prune'),
    removed: z.array(archiveIdSchema),
    /** What was to be removed and was not, with the reason. */
    left: z.array(z.object({ archive: archiveIdSchema, problem: problemSchema })),
    freedBytes: z.number().nonnegative(),
  }),
  z.object({
    kind: z.literal('backup-verify'),
    checks: z.array(backupCheckSchema.extend({ archive: archiveIdSchema })),
    /** Archives of which nothing is known now: they could not be read, or are not there. */
    left: z.array(z.object({ archive: archiveIdSchema, problem: problemSchema })).default([]),
  }),
  z.object({
    kind: z.literal('backup-restore'),
    guest: z.string(),
    archive: archiveIdSchema,
    /** What was read back of the guest. */
    evidence: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('backup-restore-test'),
    guest: z.string(),
    archive: archiveIdSchema,
    check: backupCheckSchema,
  }),
  z.object({ kind: z.literal('backup-agent-deploy'), nodes: z.array(agentStateSchema) }),
  syncRunReportSchema,
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
