import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import {
  archiveNameSchema,
  guestKeySchema,
  nodeNameSchema,
  placeSchema,
  storageIdSchema,
} from './backup-names.ts';
import { backupMethodSchema, backupModeSchema, compressionSchema } from './backup-policy.ts';
import { sha256Schema, timestampSchema } from './names.ts';

/** A copy of a backup at a target. `verified` is only said of what was read back or checked at the far end. */
export const backupCopySchema = z.object({
  target: z.string(),
  state: z.enum(['pending', 'verified', 'failed']),
  at: timestampSchema.optional(),
  /** `digest`: the far end's own digest of all of it; `read-back`: every byte was read again. */
  proof: z.enum(['digest', 'read-back']).optional(),
  problem: problemSchema.optional(),
  /** As in the record itself. A copy with either is not made again. */
  pruneStartedAt: timestampSchema.optional(),
  prunedAt: timestampSchema.optional(),
});
export type BackupCopy = z.infer<typeof backupCopySchema>;

/** One look at an archive, dated: what it proves, where, and how it ended. */
export const backupCheckSchema = z.object({
  at: timestampSchema,
  /**
   * `checksum`: every byte was read and has the digest of the backup; `compression`: `zstd -t` and the like; `structure`:
   * `vma verify`, or a listing with tar; `restore-test`: a guest was made of it, and it answered.
   */
  kind: z.enum(['checksum', 'compression', 'structure', 'restore-test']),
  place: placeSchema,
  /** `unavailable`: the tool is not on the node. Nothing is proven then, and nothing is wrong. */
  outcome: z.enum(['passed', 'failed', 'unavailable']),
  /** In words: what was seen. */
  detail: z.string().max(1000),
  /** Of a restore test: how far it came. */
  evidence: z.enum(['agent-answered', 'program-ran', 'running', 'restored']).optional(),
  seconds: z.number().nonnegative().optional(),
});
export type BackupCheck = z.infer<typeof backupCheckSchema>;

export const backupFileSchema = z.object({
  /** Of a vzdump archive its only file; of an export, each one in its folder. */
  name: archiveNameSchema,
  sizeBytes: z.number().nonnegative(),
  sha256: sha256Schema,
});
export type BackupFile = z.infer<typeof backupFileSchema>;

/**
 * One backup that was made, or was tried. `made`: the archive is there, whole, and its digests are known. Later steps are
 * states of their own: copies, checks, a prune that failed.
 */
export const backupRecordSchema = z.object({
  id: z.uuid(),
  guest: guestKeySchema.extend({ node: nodeNameSchema, name: z.string().max(500).optional() }),
  by: z.enum(['operator', 'agent']),
  rule: z.string().optional(),
  method: backupMethodSchema,
  /** Missing when nobody knows: of an archive that was found. */
  mode: backupModeSchema.optional(),
  compress: compressionSchema,
  storage: storageIdSchema,
  startedAt: timestampSchema,
  endedAt: timestampSchema,
  /** It was not made by Sifaka: it was found then, and its digests are those of what was found. */
  foundAt: timestampSchema.optional(),
  outcome: z.enum(['made', 'failed', 'cancelled', 'cut-off']),
  /** Why there is no backup. */
  problem: problemSchema.optional(),
  /** `storage:nas` and the archive's name there. */
  place: placeSchema.optional(),
  archive: archiveNameSchema.optional(),
  volid: z.string().max(600).optional(),
  files: z.array(backupFileSchema).default([]),
  sizeBytes: z.number().nonnegative().optional(),
  /** WARN lines and what else was not well although there is a backup. */
  warnings: z.array(z.string().max(500)).max(50).default([]),
  /** The backup is good, and removing older ones was not. */
  pruneFailed: z.string().max(500).optional(),
  copies: z.array(backupCopySchema).default([]),
  checks: z.array(backupCheckSchema).max(200).default([]),
  /** Written before it is removed: an archive that is gone then was pruned, and not lost. */
  pruneStartedAt: timestampSchema.optional(),
  /** When it was pruned from its storage, and seen to be gone; copies may be there still. */
  prunedAt: timestampSchema.optional(),
});
export type BackupRecord = z.infer<typeof backupRecordSchema>;

/** `backups/backups.json`: what was backed up. Newest last. */
export const backupRecordsFileSchema = z.looseObject({
  schema: z.literal('sifaka.backups/1'),
  backups: z.array(backupRecordSchema),
});
