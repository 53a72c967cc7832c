import { z } from 'zod';
import { timestampSchema } from './names.ts';
import { directionSchema, iterationIdSchema, pairNameSchema } from './sync-names.ts';

/** Why this side's state was taken, or the other's was not. */
export const syncReasonSchema = z.enum([
  /** The destination has none. */
  'missing',
  /** Its time is newer by more than the threshold. */
  'newer',
  /** Newer by less than the threshold, and other bytes. */
  'newer-within-threshold',
  /** The same time and other bytes: the larger one, or the greater MD5, so that both directions choose the same. */
  'tie',
  /** Only this side has changed since both were last the same. */
  'changed-here-only',
  /** Other bytes under the same size and time, and the other side still has those of the last agreed state. */
  'matches-agreed',
  /** A link that points elsewhere. */
  'link',
  /** A file where the other side has a folder, or the other way round. */
  'kind',
  /** The source has none, and deletions are asked for. */
  'deleted-at-source',
  /** Put back by an undo. */
  'undo',
]);
export type SyncReason = z.infer<typeof syncReasonSchema>;

const sizeSchema = z.int().nonnegative().nullable();
const md5Schema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .nullable();

/**
 * One operation: one line of an opslog and one row of sync_operations. The snake_case names are the columns of the table that
 * the wishes for HA Sync fix; `iteration_id` is not known before the flush.
 */
export const syncOperationSchema = z.object({
  /** Of this one operation: a flush that is repeated does not make a second row of it. */
  operation_uid: z.uuid(),
  iteration_uid: iterationIdSchema,
  iteration_id: z.int().positive().nullable(),
  dry_run: z.boolean(),
  operation: z.enum(['create', 'update', 'delete']),
  kind: z.enum(['file', 'folder', 'link']),
  /** Relative to the root, in the escaped form of electron/services/sync/engine/byte-names.ts; a folder's ends with `/`. */
  filepath: z.string().min(1),
  size_before: sizeSchema,
  size_after: sizeSchema,
  md5_before: md5Schema,
  md5_after: md5Schema,
  started_at: timestampSchema,
  ended_at: timestampSchema.nullable(),
  status: z.enum(['success', 'fail']),
  error_message: z.string().max(4096).nullable(),
  reason: syncReasonSchema,
  /** Both sides had changed since they were last the same. */
  conflict: z.boolean(),
  /** Whether the version that was there before lies in the trash of this iteration, under the same path. */
  trashed: z.boolean(),
});
export type SyncOperation = z.infer<typeof syncOperationSchema>;

/** One run of one direction: one row of sync_iterations. */
export const syncIterationSchema = z.object({
  iteration_uid: iterationIdSchema,
  sync_pair: pairNameSchema,
  direction: directionSchema,
  src: z.string(),
  dest: z.string(),
  started_at: timestampSchema,
  ended_at: timestampSchema.nullable(),
  status: z.enum(['running', 'success', 'partial_failure', 'failed']),
  dry_run: z.boolean(),
  files_created: z.int().nonnegative(),
  files_updated: z.int().nonnegative(),
  files_deleted: z.int().nonnegative(),
  files_skipped: z.int().nonnegative(),
  files_failed: z.int().nonnegative(),
  total_bytes_transferred: z.int().nonnegative(),
  error_message: z.string().nullable(),
});
export type SyncIteration = z.infer<typeof syncIterationSchema>;

/** What a dry run found newer at the destination: nothing is done about it, and the other direction brings it over. */
export const syncStayingSchema = syncOperationSchema
  .pick({ kind: true, filepath: true, reason: true })
  .extend({ size: z.int().nonnegative() });
export type SyncStaying = z.infer<typeof syncStayingSchema>;

/** What an operator should look at; nothing was done about it. `filepath` as in an operation. */
export const syncNoticeSchema = z.object({
  kind: z.enum([
    /** Neither a file, a folder nor a link. */
    'special',
    /** Its time lies in the future: it decides nothing. */
    'future-time',
    /** Names that one of the two sides cannot tell apart. */
    'name-collision',
    /** It changed while it was copied, or since it was looked at. */
    'changed-meanwhile',
    /** One side's file system cannot keep its time. */
    'time-not-kept',
    /** Other bytes under the same size and time, and nothing says which are right. */
    'other-bytes',
    /** The destination's is new or edited there: it was not deleted. */
    'kept',
    /** Several names of one file: each is copied by itself. */
    'hard-links',
    /** A mount of another file system, which is not entered. */
    'other-file-system',
    /** Marked as a log folder, and not the one of this run; it is not entered. */
    'log-folder',
    /** It cannot be read. */
    'unreadable',
    /** Both sides had changed: the one that lost lies in the trash. */
    'conflict',
    /** The clocks of the two sides differ by more than the threshold. */
    'clock-skew',
  ]),
  filepath: z.string(),
  text: z.string(),
});
export type SyncNotice = z.infer<typeof syncNoticeSchema>;
