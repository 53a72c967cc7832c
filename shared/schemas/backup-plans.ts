import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import {
  archiveIdSchema,
  archiveNameSchema,
  guestAddressSchema,
  guestKeySchema,
  guestTypeSchema,
  nodeNameSchema,
  placeSchema,
  storageIdSchema,
  vmidSchema,
} from './backup-names.ts';
import { backupMethodSchema, backupModeSchema, compressionSchema } from './backup-policy.ts';
import { plainNameSchema, sha256Schema, timestampSchema } from './names.ts';
import { retentionMarkSchema, retentionRuleSchema } from './retention.ts';

/** Why one thing of a plan is not done; a plan with any of these on all its parts is not run. */
export const planRefusalSchema = problemSchema;

/** Which guests to back up, and how where that is not as the policy says. */
export const backupRequestSchema = z.strictObject({
  /** `due`: those whose schedule has passed since their last success; `all`: those that a rule counts for. */
  guests: z.union([z.literal('due'), z.literal('all'), z.array(guestAddressSchema).min(1).max(1000)]),
  /** Only guests of this rule; for guests that are named, the rule to follow. */
  rule: plainNameSchema.optional(),
  /** A new backup also where an earlier one of today still waits for its copies. */
  anew: z.boolean().optional(),
  method: backupMethodSchema.optional(),
  mode: backupModeSchema.optional(),
  storage: storageIdSchema.optional(),
  bandwidthLimit: z.int().min(0).max(100_000_000).optional(),
});
export type BackupRequest = z.infer<typeof backupRequestSchema>;

export const plannedGuestSchema = z.object({
  guest: guestKeySchema.extend({ node: nodeNameSchema, name: z.string().optional() }),
  /** `new`, or `continue`: a run that was cut off, or whose copies are not all made. */
  action: z.enum(['new', 'continue']),
  /** Of the record that is made or continued. */
  id: z.uuid(),
  rule: z.string().optional(),
  method: backupMethodSchema,
  mode: backupModeSchema,
  storage: storageIdSchema,
  shared: z.boolean(),
  compress: compressionSchema,
  bandwidthLimit: z.int(),
  targets: z.array(z.string()),
  /** Given to vzdump as --prune-backups; empty when Sifaka prunes. */
  pruneBackups: z.string().max(200),
  /** What the archive may need at most, as far as that is known. */
  estimateBytes: z.number().optional(),
  /** What happens to the guest meanwhile, and what is left out: in words. */
  warnings: z.array(z.string()),
  refusal: planRefusalSchema.optional(),
});
export type PlannedGuest = z.infer<typeof plannedGuestSchema>;

export const backupPlanSchema = z.object({
  schema: z.literal('sifaka.backup-plan/1'),
  guests: z.array(plannedGuestSchema),
});
export type BackupPlan = z.infer<typeof backupPlanSchema>;

/** Archives of which places; all of them unless told. */
export const pruneRequestSchema = z.strictObject({
  places: z.array(placeSchema).min(1).max(64).optional(),
  guests: z.array(guestAddressSchema).min(1).max(1000).optional(),
});
export type PruneRequest = z.infer<typeof pruneRequestSchema>;

export const plannedArchiveSchema = z.object({
  id: archiveIdSchema,
  place: placeSchema,
  name: archiveNameSchema,
  volid: z.string().optional(),
  node: nodeNameSchema.optional(),
  /** Missing when its name does not say. */
  type: guestTypeSchema.optional(),
  vmid: vmidSchema.optional(),
  ctime: z.int(),
  sizeBytes: z.number(),
  mark: retentionMarkSchema,
  rule: retentionRuleSchema,
  /** The rule in words, with what it stands on: "the newest of week 47". */
  why: z.string(),
});
export type PlannedArchive = z.infer<typeof plannedArchiveSchema>;

export const prunePlanSchema = z.object({
  schema: z.literal('sifaka.prune-plan/1'),
  /** Every archive of the places, kept ones too. */
  archives: z.array(plannedArchiveSchema),
  removes: z.int().nonnegative(),
  freesBytes: z.number().nonnegative(),
  /** Places that could not be looked at: nothing is removed there. */
  gaps: z.array(z.object({ place: z.string(), problem: problemSchema })),
});
export type PrunePlan = z.infer<typeof prunePlanSchema>;

/** Which archives to verify: by id, of guests, or all that were never verified (or not for so many days). */
export const verifyRequestSchema = z.strictObject({
  archives: z.array(archiveIdSchema).min(1).max(1000).optional(),
  guests: z.array(guestAddressSchema).min(1).max(1000).optional(),
  olderThanDays: z.int().min(0).max(3650).optional(),
});
export type VerifyRequest = z.infer<typeof verifyRequestSchema>;

export const restoreTestRequestSchema = z.strictObject({
  /** The newest archive of a guest, or this one. */
  guest: guestAddressSchema.optional(),
  archive: archiveIdSchema.optional(),
});
export type RestoreTestRequest = z.infer<typeof restoreTestRequestSchema>;

export const restoreRequestSchema = z.strictObject({
  archive: archiveIdSchema,
  /** `baobab/100`: the guest is made there, over what has this id only with `overwrite`. */
  target: guestAddressSchema,
  /** Where its disks go; where the archive says unless told. */
  storage: storageIdSchema.optional(),
  overwrite: z.boolean().default(false),
  start: z.boolean().default(false),
  /** New MAC addresses, when the original stays. */
  unique: z.boolean().default(false),
});
export type RestoreRequest = z.infer<typeof restoreRequestSchema>;

export const restorePlanSchema = z.object({
  schema: z.literal('sifaka.restore-plan/1'),
  archive: z.object({
    id: archiveIdSchema,
    place: placeSchema,
    name: archiveNameSchema,
    type: guestTypeSchema,
    vmid: vmidSchema,
    ctime: z.int(),
    sizeBytes: z.number(),
    sha256: sha256Schema.optional(),
    /** What is known of it: in words, dated. */
    proof: z.string(),
  }),
  node: nodeNameSchema,
  vmid: vmidSchema,
  storage: storageIdSchema.optional(),
  /** The storage that an archive of a target is brought to for the time of the restore. */
  bringTo: storageIdSchema.optional(),
  start: z.boolean(),
  unique: z.boolean(),
  /** The guest that is erased, and what of it is lost for good. */
  overwrites: z
    .object({
      name: z.string().optional(),
      status: z.string(),
      disks: z.array(z.string()),
      /** Missing: there is none, and what is on it is lost for good. */
      lastGoodBackup: timestampSchema.optional(),
      /** Of its configuration: the guest that is erased is the one that was shown. */
      config: sha256Schema,
    })
    .optional(),
  /** Where the archive is brought to first when it is not on a storage of the node. */
  stages: z.array(z.string()),
  warnings: z.array(z.string()),
  refusals: z.array(planRefusalSchema),
});
export type RestorePlan = z.infer<typeof restorePlanSchema>;

const planned = <Plan extends z.ZodType>(plan: Plan) => z.object({ plan, digest: sha256Schema });
export const plannedBackupSchema = planned(backupPlanSchema);
export type PlannedBackup = z.infer<typeof plannedBackupSchema>;
export const plannedPruneSchema = planned(prunePlanSchema);
export type PlannedPrune = z.infer<typeof plannedPruneSchema>;
export const plannedRestoreSchema = planned(restorePlanSchema);
export type PlannedRestore = z.infer<typeof plannedRestoreSchema>;

/** What the agent of one node is, and what a deploy of it would change. */
export const agentStateSchema = z.object({
  node: nodeNameSchema,
  problem: problemSchema.optional(),
  /** `absent`, `current`, `outdated` (another program or configuration than the policy gives), `foreign` (changed by hand). */
  state: z.enum(['absent', 'current', 'outdated', 'foreign', 'silent']),
  version: z.string().optional(),
  /** An older agent's timer that a deploy retires. */
  older: z.string().optional(),
  lastRunAt: timestampSchema.optional(),
  nextRunAt: timestampSchema.optional(),
  lastOutcome: z.string().max(500).optional(),
  /** Guests it looks after, as `baobab/100`. */
  guests: z.array(z.string()).default([]),
});
export type AgentState = z.infer<typeof agentStateSchema>;

export const agentPlanSchema = z.object({
  schema: z.literal('sifaka.agent-plan/1'),
  nodes: z.array(
    z.object({
      node: nodeNameSchema,
      action: z.enum(['install', 'change', 'remove', 'nothing']),
      files: z.array(
        z.object({
          path: z.string(),
          action: z.enum(['create', 'replace', 'remove', 'keep']),
          before: z.string().optional(),
          after: z.string().optional(),
        }),
      ),
      retires: z.array(z.string()),
      refusal: planRefusalSchema.optional(),
    }),
  ),
});
export type AgentPlan = z.infer<typeof agentPlanSchema>;
export const plannedAgentSchema = planned(agentPlanSchema);
export type PlannedAgent = z.infer<typeof plannedAgentSchema>;
