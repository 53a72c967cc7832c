import { z } from 'zod';
import { directionSchema, pairNameSchema } from './sync-names.ts';

/** What a run may be told; the defaults are those of the command. Times are seconds or days, as their names say. */
export const syncOptionsSchema = z.strictObject({
  /** A lock that was not renewed for so long is stale. */
  lockTtlSeconds: z.int().min(5).max(86_400).default(3600),
  logDir: z.string().min(1),
  logRetainDays: z.int().min(0).max(3650).default(10),
  /** Within it MD5 decides; beyond it the newest wins. */
  mtimeThresholdSeconds: z.number().min(0).max(86_400).default(2),
  deleteMissing: z.boolean().default(false),
  workers: z.int().min(1).max(64).default(4),
  /** Reads every file that looks equal, and finds other bytes under the same size and time. */
  checksum: z.boolean().default(false),
  /** Of what the destination holds, the share in percent that one run may take away; 100 is no limit. */
  maxDeletePercent: z.number().min(0).max(100).default(50),
  /** Goes on although nearly every file that both sides have differs. */
  allowEverythingChanged: z.boolean().default(false),
  trashRetainDays: z.int().min(0).max(3650).default(30),
});
export type SyncOptions = z.output<typeof syncOptionsSchema>;

/** One pass over one pair: from `src` to `dest`, both absolute. */
export const syncRequestSchema = syncOptionsSchema.extend({
  src: z.string().min(1).max(4096),
  dest: z.string().min(1).max(4096),
  pair: pairNameSchema,
  direction: directionSchema.default('fwd'),
  dryRun: z.boolean().default(false),
});
export type SyncRequest = z.output<typeof syncRequestSchema>;
