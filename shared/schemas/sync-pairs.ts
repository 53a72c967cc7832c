import { z } from 'zod';
import { plainNameSchema } from './names.ts';
import { pairNameSchema } from './sync-names.ts';

/** Two of them and `-to-` are a direction, which has at most 64 characters. */
export const sideNameSchema = z
  .string()
  .max(30)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
    'must be lower-case letters, digits and hyphens, 30 at most, with a letter or digit at both ends',
  )
  .refine(
    (name) => !name.includes('-to-'),
    'must not contain -to-, which stands between the sides of a direction',
  );

/** A folder of the machine that Sifaka runs on: as a rule the place where a share is mounted. */
const machineFolderSchema = z
  .string()
  .min(2)
  .max(4096)
  .regex(/^(?:\/|[A-Za-z]:[\\/])[^\0]*$/, 'must be an absolute path, as in /mnt/dell/media');

/** One pair: two folders, and how each pass over them is run. What is left out is as the command has it. */
export const syncPairSchema = z.strictObject({
  /** What each side is called, and where it is: exactly two. */
  sides: z
    .record(sideNameSchema, machineFolderSchema)
    .refine((sides) => Object.keys(sides).length === 2, 'must name exactly two sides'),
  /** The one direction that deletes what its source no longer has; none unless told. */
  deleteMissing: z.string().max(64).optional(),
  /** Within so many seconds MD5 decides which side is taken; beyond it the newest wins. */
  mtimeThresholdSeconds: z.number().min(0).max(86_400).default(2),
  /** The share in percent of what the destination holds that one run may take away. */
  maxDeletePercent: z.number().min(0).max(100).default(50),
  /** Reads every file that looks equal. */
  checksum: z.boolean().default(false),
  workers: z.int().min(1).max(64).default(4),
  lockTtlSeconds: z.int().min(5).max(86_400).default(3600),
  logRetainDays: z.int().min(0).max(3650).default(10),
  trashRetainDays: z.int().min(0).max(3650).default(30),
});
export type SyncPair = z.output<typeof syncPairSchema>;

/** `sync/pairs.yaml`. */
export const syncPairsFileSchema = z.strictObject({
  schema: z.literal('sifaka.sync-pairs/1'),
  /** Where the logs of the runs and what both sides agreed on are kept; pairs may share it. */
  logFolder: machineFolderSchema,
  /**
   * The sealed secret that has the database's address with its password. Without it HA_SYNC_DB_DSN of the environment counts,
   * and without that the runs are kept in a file of the log folder.
   */
  databaseSecret: plainNameSchema.optional(),
  pairs: z.record(pairNameSchema, syncPairSchema),
});
export type SyncPairsFile = z.output<typeof syncPairsFileSchema>;
