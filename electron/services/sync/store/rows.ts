import { z } from 'zod';
import { Problem } from '../../../../shared/problem.ts';
import {
  syncReasonSchema,
  type SyncIteration,
  type SyncOperation,
} from '../../../../shared/schemas/sync-record.ts';
import { byteNameOf, escapeName, unescapeName } from '../engine/byte-names.ts';
import type { DryRunRow, StoredIteration, StoredOperation } from './audit-store.ts';
import type { SqlRow, SqlValue } from './sql-database.ts';
import { sqlTimeOf, timeFromSql } from './sql-time.ts';

/** What `filepath` and `error_message` have room for, in characters. */
const longestText = 4096;
/** An iteration's is of 65,535 bytes, of which a character needs four at most. */
const longestIterationError = 16_000;

export const iterationColumns = [
  'iteration_uid',
  'sync_pair',
  'direction',
  'src',
  'dest',
  'started_at',
  'ended_at',
  'status',
  'dry_run',
  'files_created',
  'files_updated',
  'files_deleted',
  'files_skipped',
  'files_failed',
  'total_bytes_transferred',
  'error_message',
] as const;

export function iterationValues(iteration: SyncIteration): SqlValue[] {
  const values: Record<(typeof iterationColumns)[number], SqlValue> = {
    ...iteration,
    src: cut(iteration.src, longestText),
    dest: cut(iteration.dest, longestText),
    started_at: sqlTimeOf(iteration.started_at),
    ended_at: iteration.ended_at === null ? null : sqlTimeOf(iteration.ended_at),
    dry_run: Number(iteration.dry_run),
    error_message: iteration.error_message && cut(iteration.error_message, longestIterationError),
  };
  return iterationColumns.map((column) => values[column]);
}

export const operationColumns = [
  'operation_uid',
  'iteration_id',
  'dry_run',
  'operation',
  'kind',
  'filepath',
  'filepath_raw',
  'size_before',
  'size_after',
  'md5_before',
  'md5_after',
  'started_at',
  'ended_at',
  'status',
  'error_message',
  'reason',
  'conflict',
  'trashed',
] as const;

export function operationValues(operation: SyncOperation, iterationId: number): SqlValue[] {
  const bytes = unescapeName(operation.filepath) ?? byteNameOf(operation.filepath);
  const values: Record<(typeof operationColumns)[number], SqlValue> = {
    ...operation,
    iteration_id: iterationId,
    dry_run: Number(operation.dry_run),
    filepath: cut(operation.filepath, longestText),
    filepath_raw: Buffer.from(bytes, 'latin1'),
    started_at: sqlTimeOf(operation.started_at),
    ended_at: operation.ended_at === null ? null : sqlTimeOf(operation.ended_at),
    error_message: operation.error_message && cut(operation.error_message, longestText),
    conflict: Number(operation.conflict),
    trashed: Number(operation.trashed),
  };
  return operationColumns.map((column) => values[column]);
}

const countSchema = z.coerce.number().int().nonnegative();
const flagSchema = z.coerce.number().transform((value) => value !== 0);
const timeSchema = z.string().transform(timeFromSql).pipe(z.iso.datetime());
const sizeSchema = z.coerce.number().int().nonnegative().nullable();
const idSchema = z.coerce.number().int().positive();

/** Rows of other tools may leave out every column that has a default. */
const iterationRowSchema = z.object({
  id: idSchema,
  iteration_uid: z.string().nullable(),
  sync_pair: z.string(),
  direction: z.string(),
  src: z.string(),
  dest: z.string(),
  started_at: timeSchema,
  ended_at: timeSchema.nullable(),
  status: z.enum(['running', 'success', 'partial_failure', 'failed']),
  dry_run: flagSchema,
  files_created: countOrNone(),
  files_updated: countOrNone(),
  files_deleted: countOrNone(),
  files_skipped: countOrNone(),
  files_failed: countOrNone(),
  total_bytes_transferred: countOrNone(),
  error_message: z.string().nullable(),
});

export function iterationOf(row: SqlRow): StoredIteration {
  const { iteration_uid, ...iteration } = read(iterationRowSchema, row);
  return { ...iteration, iteration_uid: iteration_uid ?? uidOfNumber(iteration.id) };
}

const pathRowSchema = z.object({ filepath: z.string(), filepath_raw: z.instanceof(Uint8Array).nullable() });

/** `filepath_raw` is whole where `filepath` had no room; an older tool has only the latter, and did not escape it. */
function pathOf(row: SqlRow): string {
  const { filepath, filepath_raw } = read(pathRowSchema, row);
  return escapeName(filepath_raw ? Buffer.from(filepath_raw).toString('latin1') : byteNameOf(filepath));
}

const operationRowSchema = z.object({
  id: idSchema,
  operation_uid: z.string().nullable(),
  iteration_uid: z.string().nullable(),
  iteration_id: idSchema,
  dry_run: flagSchema,
  operation: z.enum(['create', 'update', 'delete']),
  kind: z.enum(['file', 'folder', 'link']).catch('file'),
  size_before: sizeSchema,
  size_after: sizeSchema,
  md5_before: z.string().nullable(),
  md5_after: z.string().nullable(),
  started_at: timeSchema,
  ended_at: timeSchema.nullable(),
  status: z.enum(['success', 'fail']),
  error_message: z.string().nullable(),
  reason: syncReasonSchema.nullable().catch(null),
  conflict: flagSchema,
  trashed: flagSchema,
});

export function operationOf(row: SqlRow): StoredOperation {
  const { operation_uid, iteration_uid, ...operation } = read(operationRowSchema, row);
  return {
    ...operation,
    operation_uid: operation_uid ?? uidOfNumber(operation.id),
    iteration_uid: iteration_uid ?? uidOfNumber(operation.iteration_id),
    filepath: pathOf(row),
  };
}

const dryRunRowSchema = z.object({
  id: idSchema,
  operation: z.enum(['create', 'update', 'delete']),
  size_before: sizeSchema,
});

export function dryRunRowOf(row: SqlRow): DryRunRow & { readonly id: number } {
  return { ...read(dryRunRowSchema, row), filepath: pathOf(row) };
}

const operationWordSchema = operationRowSchema.pick({ operation: true });

/** What kind of change a row is of, where little else was asked for. */
export function operationWordOf(row: SqlRow): SyncOperation['operation'] {
  return read(operationWordSchema, row).operation;
}

const aNumber = z.coerce.number();
const aText = z.string();

/** A number that a statement asked for under this name. */
export function numberIn(row: SqlRow | undefined, name: string): number {
  return read(aNumber, row?.[name] ?? 0);
}

export function textIn(row: SqlRow, name: string): string {
  return read(aText, row[name]);
}

/** What a row without a uid is called: an UUID of version 8 (RFC 9562, 5.8) with the row's number in it. */
export function uidOfNumber(id: number): string {
  return `${numbered}${id.toString(16).padStart(12, '0')}`;
}

/** The row's number, where the uid is of that kind. */
export function numberOfUid(uid: string): number | undefined {
  return uid.startsWith(numbered) ? Number.parseInt(uid.slice(numbered.length), 16) : undefined;
}

const numbered = '00000000-0000-8000-8000-';

function countOrNone() {
  return countSchema.nullable().transform((count) => count ?? 0);
}

function cut(text: string, longest: number): string {
  const whole = text.toWellFormed();
  return whole.length <= longest ? whole : `${whole.slice(0, longest - 1).toWellFormed()}…`;
}

function read<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('SYNC_STORE_UNAVAILABLE', {
    what: 'The audit database has a row of sync_iterations or sync_operations that makes no sense.',
    state: 'Nothing was changed. The files themselves are not concerned.',
    next: `Look at what else writes to these tables. ${columnsIn(parsed.error)}`,
  });
}

function columnsIn(error: z.ZodError): string {
  const columns = [...new Set(error.issues.map(({ path }) => path.join('.')))].filter(Boolean);
  return columns.length === 0 ? '' : `What makes no sense is ${columns.join(', ')}.`;
}
