import { z } from 'zod';
import { targetNameSchema } from './backup-names.ts';
import { timestampSchema } from './names.ts';

/** `backups/targets.json`: which targets were set up, and the id of this lab that their marks have. */
export const backupTargetsFileSchema = z.looseObject({
  schema: z.literal('sifaka.backup-targets/1'),
  lab: z.uuid(),
  targets: z.record(targetNameSchema, z.looseObject({ at: timestampSchema })),
});
export type BackupTargetsFile = z.infer<typeof backupTargetsFileSchema>;

/**
 * `.sifaka-backup-target`, in the folder of a target or below the prefix of its bucket. Nothing is copied to where it is
 * not: a folder on which no NAS is mounted, a wrong bucket, the target of another lab.
 */
export const targetMarkSchema = z.object({
  schema: z.literal('sifaka.backup-target/1'),
  lab: z.uuid(),
  target: targetNameSchema,
});
export type TargetMark = z.infer<typeof targetMarkSchema>;
