import { z } from 'zod';
import { cardPathSchema } from './inventory.ts';
import {
  hostLabelSchema,
  plainNameSchema,
  sha256Schema,
  taggedDigestSchema,
  timestampSchema,
} from './names.ts';
import { schemaTag } from './version.ts';

/**
 * What becomes of the blocks of a drive that a card does not use, which hold what was on it before: left as they are,
 * given back to the drive (it may or may not forget them), or overwritten with zeros and read back.
 */
export const freeSpaceSchema = z.enum(['keep', 'discard', 'overwrite']);
export type FreeSpace = z.infer<typeof freeSpaceSchema>;

/** Where a card is written: a real drive, an existing virtual drive by name, or a file. */
export const targetRequestSchema = z.discriminatedUnion('kind', [
  /** A whole drive by its path, as in `/dev/sdb`; `keep` unless told. */
  z.strictObject({
    kind: z.literal('drive'),
    path: z.string().min(1).max(4096),
    freeSpace: freeSpaceSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('virtual-drive'), name: plainNameSchema }),
  /** An existing regular file that is overwritten in place, as a drive would be. */
  z.strictObject({ kind: z.literal('existing-file'), path: z.string().min(1).max(4096) }),
  /** A file that must not exist yet; it appears under its name only when it is verified. */
  z.strictObject({ kind: z.literal('new-file'), path: z.string().min(1).max(4096) }),
]);
export type TargetRequest = z.infer<typeof targetRequestSchema>;

/** A target as found on this machine. `identity` changes when the thing behind the path is another one. */
export const targetSchema = z.object({
  kind: z.enum(['drive', 'virtual-drive', 'existing-file', 'new-file']),
  path: z.string(),
  label: z.string(),
  /** Bytes; for a new file the size it will get. */
  size: z.int().nonnegative(),
  /**
   * Of a drive: its serial, CID, bus, size and the kernel's count of drives seen (drives/drive-identity.ts). Of an existing
   * file: its inode and when it was made (drives/file-identity.ts); `absent` for a new one.
   */
  identity: z.string(),
  /** What is on it now, in words; shown before it is erased. */
  contents: z.string(),
});
export type Target = z.infer<typeof targetSchema>;

/** One thing the card gets that the golden image does not have. */
export const cardChangeSchema = z.object({
  partition: z.enum(['boot', 'root']),
  path: cardPathSchema,
  kind: z.enum(['file', 'symlink', 'directory']),
  /** Octal, as in '0644'. */
  mode: z.string(),
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  size: z.int().nonnegative(),
  /** Of a file's content or a symlink's target; keyed where the content is secret. */
  digest: taggedDigestSchema.optional(),
  linkTarget: z.string().optional(),
  secret: z.boolean(),
  /** true when the golden image has something at this path. */
  replaces: z.boolean(),
  /** Why it is there, in words. */
  reason: z.string(),
});
export type CardChange = z.infer<typeof cardChangeSchema>;

/**
 * What an operator has to know before a burn, as code and values: the terminal has words for it in shared/plan-warnings.ts, the
 * page in its language.
 */
export const planWarningSchema = z.discriminatedUnion('code', [
  /** k3s keeps a password per node, and the card brings none. `rememberedIn` is the name of its Secret in kube-system. */
  z.object({
    code: z.literal('node-password-remembered'),
    node: hostLabelSchema,
    rememberedIn: z.string(),
  }),
  /** Paths on the golden image. */
  z.object({ code: z.literal('host-keys-shared'), files: z.array(z.string()) }),
  z.object({ code: z.literal('host-keys-new'), node: hostLabelSchema }),
  z.object({ code: z.literal('machine-id-shared') }),
  z.object({ code: z.literal('no-users') }),
  z.object({ code: z.literal('free-space-kept') }),
]);
export type PlanWarning = z.infer<typeof planWarningSchema>;

export const cardPlanSchema = z.object({
  schema: schemaTag('card-plan', 1),
  node: hostLabelSchema,
  nodeClass: plainNameSchema,
  hostname: hostLabelSchema,
  /** File system times on the card; fixed here so that two runs of one plan give one card. */
  clock: timestampSchema,
  image: z.object({
    name: plainNameSchema,
    /** SHA-256 of the file as published. */
    fileSha256: sha256Schema,
    /** SHA-256 and size in bytes of the raw image. */
    rawSha256: sha256Schema,
    size: z.int().positive(),
  }),
  target: targetSchema,
  changes: z.array(cardChangeSchema),
  write: z.object({
    /** Bytes the file systems of the golden image have in use; what is written is this and the changes. */
    mappedBytes: z.int().nonnegative(),
    injectedBytes: z.int().nonnegative(),
    /** 256 equal slices of the image, each the share in use, 0 to 1: the picture of the card. */
    cells: z.array(z.number().min(0).max(1)),
    estimatedSeconds: z.number().nonnegative(),
  }),
  /** Anything but a drive keeps what it holds. */
  freeSpace: freeSpaceSchema,
  /** In words, for the review. */
  erases: z.string(),
  warnings: z.array(planWarningSchema),
});
export type CardPlan = z.infer<typeof cardPlanSchema>;

/** SHA-256 of the plan's canonical JSON (RFC 8785). */
export const planDigestSchema = sha256Schema;

export const plannedCardSchema = z.object({ plan: cardPlanSchema, digest: planDigestSchema });
export type PlannedCard = z.infer<typeof plannedCardSchema>;

/** A stretch of the card that was written and read back. Offsets and lengths in bytes. */
export const verifiedRangeSchema = z.object({
  offset: z.int().nonnegative(),
  length: z.int().positive(),
  /** Keyed where an injected file could lie in it. */
  digest: taggedDigestSchema,
});
export type VerifiedRange = z.infer<typeof verifiedRangeSchema>;

export const receiptSchema = z.object({
  schema: schemaTag('card-receipt', 1),
  id: z.uuid(),
  jobId: z.uuid(),
  node: hostLabelSchema,
  nodeClass: plainNameSchema,
  hostname: hostLabelSchema,
  planDigest: planDigestSchema,
  image: cardPlanSchema.shape.image,
  target: targetSchema,
  changes: z.array(cardChangeSchema),
  ranges: z.array(verifiedRangeSchema),
  writtenBytes: z.int().nonnegative(),
  verifiedBytes: z.int().nonnegative(),
  /** false: the file system cannot be read past the system's cache, so the read-back may have come from memory. */
  readFromMedium: z.boolean(),
  skippedBytes: z.int().nonnegative(),
  /** What became of them; receipts of the first version kept them all. */
  freeSpace: freeSpaceSchema.default('keep'),
  /** Whether the system let go of a real drive, so that it can be pulled out; absent for anything else. */
  ejected: z.boolean().optional(),
  startedAt: timestampSchema,
  writtenAt: timestampSchema,
  verifiedAt: timestampSchema,
  sifakaVersion: z.string(),
  nextStep: z.string(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** The answer of a later proof: the card was read again and compared with its receipt. */
export const cardEvidenceSchema = z.object({
  receiptId: z.uuid(),
  node: hostLabelSchema,
  target: targetSchema,
  checkedAt: timestampSchema,
  matches: z.boolean(),
  verifiedBytes: z.int().nonnegative(),
  /** false: the file system cannot be read past the system's cache, so the read-back may have come from memory. */
  readFromMedium: z.boolean(),
  /** Ranges that differ, the first 20. */
  mismatches: z.array(z.object({ offset: z.int().nonnegative(), length: z.int().positive() })),
});
export type CardEvidence = z.infer<typeof cardEvidenceSchema>;
