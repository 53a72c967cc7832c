import { z } from 'zod';
import { guestTypeSchema, vmidSchema } from './backup-names.ts';

/** One archive as retention sees it: a row of `pvesm`'s prune-backups (pve-storage, PVE::API2::Storage::PruneBackups). */
export const retentionRowSchema = z.looseObject({
  volid: z.string().min(1).max(1000),
  type: guestTypeSchema,
  vmid: vmidSchema,
  /** Seconds since 1970. */
  ctime: z.int(),
  protected: z.boolean().optional(),
});
export type RetentionRow = z.infer<typeof retentionRowSchema>;

export const retentionMarkSchema = z.enum(['keep', 'remove', 'protected', 'renamed']);
export type RetentionMark = z.infer<typeof retentionMarkSchema>;

/** What keeps or removes an archive. The last four are Sifaka's added safety. */
export const retentionRuleSchema = z.enum([
  'keep-all',
  'keep-last',
  'keep-hourly',
  'keep-daily',
  'keep-weekly',
  'keep-monthly',
  'keep-yearly',
  'protected',
  'renamed',
  'not-kept',
  'last-good',
  'replacement-unverified',
  'maximum-share',
  'unknown-state',
]);
export type RetentionRule = z.infer<typeof retentionRuleSchema>;
