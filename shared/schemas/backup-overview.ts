import { z } from 'zod';
import { archiveIdSchema } from './backup-names.ts';
import { timestampSchema } from './names.ts';
import { guestSchema, manifestNodeSchema, manifestTargetSchema } from './backup-manifest.ts';
import { retentionRuleSchema } from './retention.ts';

/**
 * What may be wrong with a guest's backups, or good to know. docs/backup-failures.md has a row for each: what it comes of,
 * and what the operator sees.
 */
export const coverageReasonCodes = [
  'NOT_IN_POLICY',
  'NEVER_BACKED_UP',
  'LATE',
  'LAST_RUN_FAILED',
  'LAST_RUN_CUT_OFF',
  'GUEST_LOCKED',
  'GUEST_MOVED',
  'STORAGE_FULL',
  'STORAGE_GONE',
  'ARCHIVE_GONE',
  'ARCHIVE_SIZE_DIFFERS',
  'ARCHIVE_PARTIAL',
  'NOT_VERIFIED',
  'CHECKSUM_DIFFERS',
  'ARCHIVE_CORRUPT',
  'COPY_MISSING',
  'COPY_FAILED',
  'COPY_DIFFERS',
  'TARGET_UNREACHABLE',
  'TARGET_UNMOUNTED',
  'PRUNE_FAILED',
  'RESTORE_TEST_FAILED',
  'RESTORE_TEST_DUE',
  'NODE_SILENT',
  'NODE_NOT_PROXMOX',
  'MANIFEST_OLD',
  'CLOCK_SKEWED',
  'DISKS_EXCLUDED',
  'SIZE_FELL',
  'WARNINGS',
  'AGENT_MISSING',
  'AGENT_OUTDATED',
  'AGENT_SILENT',
  'RUN_UNFINISHED',
] as const;
export const coverageReasonCodeSchema = z.enum(coverageReasonCodes);
export type CoverageReasonCode = z.infer<typeof coverageReasonCodeSchema>;

/** `good`: it could be restored tonight, as far as anybody has proven. Nothing that is wrong or not known is `good`. */
export const coverageStateSchema = z.enum(['good', 'warning', 'bad', 'unknown', 'excluded']);
export type CoverageState = z.infer<typeof coverageStateSchema>;

export const coverageReasonSchema = z.object({
  code: coverageReasonCodeSchema,
  /** What it makes of the guest's state. */
  state: coverageStateSchema,
  /** What is so, with names and times. */
  what: z.string(),
  /** What to do. */
  next: z.string(),
});
export type CoverageReason = z.infer<typeof coverageReasonSchema>;

export const coverageSchema = z.object({
  guest: guestSchema,
  state: coverageStateSchema,
  /** The worst first. */
  reasons: z.array(coverageReasonSchema),
  rule: z.string().optional(),
  windowHours: z.int().optional(),
  lastGoodAt: timestampSchema.optional(),
  /** Its newest archive, at whatever place. */
  lastArchive: archiveIdSchema.optional(),
  /** Newest last, at most 30. */
  sizes: z.array(z.object({ at: timestampSchema, bytes: z.number() })),
  archives: z.int().nonnegative(),
  bytes: z.number().nonnegative(),
  /** `none`: the policy wants none. */
  offsite: z.enum(['verified', 'pending', 'failed', 'missing', 'none', 'unknown']),
  /** `known`: it was taken when the archive was made, and nobody read it again since. */
  checksum: z.enum(['passed', 'failed', 'known', 'never']),
  checkedAt: timestampSchema.optional(),
  restoreTest: z.object({ at: timestampSchema, passed: z.boolean(), detail: z.string() }).optional(),
  nextRunAt: timestampSchema.optional(),
  /** Its schedule has passed since the last backup that was made began. */
  isDue: z.boolean(),
  /** The first archive that a prune would remove now, and how many. */
  nextPrune: z
    .object({ archive: archiveIdSchema, rule: retentionRuleSchema, why: z.string(), count: z.int() })
    .optional(),
  /** One for each of the last days, the oldest first: the calendar's squares. */
  days: z.array(
    z.object({
      /** In the policy's time zone. */
      day: z.iso.date(),
      state: z.enum(['good', 'warning', 'failed', 'missing', 'not-due', 'before']),
      backups: z.int().nonnegative(),
    }),
  ),
  /** Between two successes, or the last one and now, when that is longer than the rule's window. Newest last, at most 10. */
  gaps: z.array(z.object({ from: timestampSchema, to: timestampSchema, hours: z.number() })),
});
export type Coverage = z.infer<typeof coverageSchema>;

export const storageForecastSchema = z.object({
  place: z.string(),
  /** By archives. */
  usedBytes: z.number(),
  totalBytes: z.number().optional(),
  /** Whatever else is on it. */
  availableBytes: z.number().optional(),
  /** Of archives, by day over the last weeks; may be negative. Missing until they were seen on three days. */
  bytesPerDay: z.number().optional(),
  /** When it is full if that goes on; missing when it does not grow, or its size is not known. */
  fullAt: timestampSchema.optional(),
});
export type StorageForecast = z.infer<typeof storageForecastSchema>;

/** All that the dashboard shows, worked out from files of the lab alone. */
export const backupOverviewSchema = z.object({
  at: timestampSchema,
  /** Of the newest manifest; missing before the first discovery. */
  discoveredAt: timestampSchema.optional(),
  policy: z.enum(['there', 'missing']),
  rows: z.array(coverageSchema),
  /** Guests that are gone and whose archives are there. */
  ghosts: z.array(
    z.object({
      type: z.enum(['qemu', 'lxc']),
      vmid: z.int(),
      name: z.string().optional(),
      archives: z.int(),
      bytes: z.number(),
      newest: timestampSchema,
    }),
  ),
  /** Files among archives that belong to no guest: renamed ones, partial ones, names that are none. */
  orphans: z.array(z.object({ archive: archiveIdSchema, why: z.string(), sizeBytes: z.number() })),
  nodes: z.array(
    manifestNodeSchema.pick({
      node: true,
      state: true,
      problem: true,
      clockSkewSeconds: true,
      storages: true,
    }),
  ),
  targets: z.array(manifestTargetSchema),
  forecasts: z.array(storageForecastSchema),
});
export type BackupOverview = z.infer<typeof backupOverviewSchema>;

/** One row of the list of all archives. */
export const listedArchiveSchema = z.object({
  id: archiveIdSchema,
  place: z.string(),
  name: z.string(),
  guest: z.string(),
  guestName: z.string().optional(),
  at: timestampSchema,
  sizeBytes: z.number(),
  protected: z.boolean(),
  /** `unseen`: its place could not be looked at this time, and an earlier discovery saw it. */
  state: z.enum(['proven', 'checked', 'unchecked', 'unseen', 'failed', 'partial', 'gone']),
  notes: z.string().optional(),
});
export type ListedArchive = z.infer<typeof listedArchiveSchema>;
