import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { asProblem, cancelled, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import type { Clock } from '../../clock.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { logFolderUnusable } from './log-folder.ts';
import { listOpslogs, setAsideSuffix, type Opslog } from './opslog-files.ts';
import { readOpslogFile } from './opslog-reader.ts';

export interface FlushRequest {
  /** Absolute; it is there. */
  readonly logDir: string;
  /** Whose lock is held: nobody else writes or stores these records meanwhile. */
  readonly pair: string;
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface FlushReport {
  /** Stored, read back, and no longer in the log folder. */
  readonly flushed: readonly { readonly iterationUid: string; readonly operations: number }[];
  /** Still in the log folder, and why. */
  readonly kept: readonly {
    readonly file: string;
    readonly iterationUid: string;
    readonly problem: ProblemRecord;
  }[];
  /** What an operator should read, a sentence or two each. */
  readonly notes: readonly string[];
}

/** One that reads and takes nothing, as on a full disk, is not asked again and again. */
const mostRefused = 3;

/**
 * Stores the records of all runs of a pair that lie in the log folder, the oldest first, and deletes their files once the
 * store has every row. May be repeated at any point: nothing is stored twice. A store that fails is no failure here: what it
 * did not take stays. SYNC_LOG_FOLDER_UNUSABLE, CANCELLED.
 */
export async function flushLeftovers(request: FlushRequest): Promise<FlushReport> {
  const { logDir, pair, store, signal } = request;
  const flushed: FlushReport['flushed'][number][] = [];
  const kept: FlushReport['kept'][number][] = [];
  const notes: string[] = [];
  const { opslogs } = await listOpslogs(logDir, { pair });
  let broken: ProblemRecord | undefined;
  let refused = 0;
  for (const [index, opslog] of opslogs.entries()) {
    stopIf(signal);
    const { file, iteration } = opslog;
    const { iteration_uid: iterationUid } = iteration;
    // Where it is the store that fails, the others would only wait for the same.
    const outcome = broken ?? (await flushOpslog(opslog, request));
    if ('code' in outcome) {
      refused += 1;
      const isLast = index === opslogs.length - 1;
      if (refused === mostRefused || (!isLast && !(await answers(store)))) broken ??= outcome;
      kept.push({ file, iterationUid, problem: outcome });
    } else {
      flushed.push({ iterationUid, operations: outcome.operations });
      notes.push(...outcome.notes);
    }
  }
  return { flushed, kept, notes };
}

/** One run's records that a store refuses keep no later one's waiting; a store that still answers is not what fails. */
async function answers(store: AuditStore): Promise<boolean> {
  try {
    await store.iterations({ limit: 1 });
    return true;
  } catch (error) {
    if (asProblem(error) === undefined) throw error;
    return false;
  }
}

/** Of one run; the problem of the store where it does not take it. */
export async function flushOpslog(
  opslog: Opslog,
  { logDir, store, clock, signal }: Pick<FlushRequest, 'logDir' | 'store' | 'clock' | 'signal'>,
): Promise<{ operations: number; notes: string[] } | ProblemRecord> {
  let read: ReadLines;
  try {
    read = await storeAll(opslog, store, { clock, signal });
  } catch (error) {
    stopIf(signal);
    const problem = asProblem(error);
    if (problem) return problem.toRecord();
    throw error;
  }
  try {
    await putAway(opslog, read);
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
  return { operations: read.operations, notes: notesOf(opslog, read) };
}

interface ReadLines {
  operations: number;
  readonly badLines: Set<number>;
  torn: boolean;
}

/** CANCELLED */
function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled('What was not recorded yet waits in the log folder for the next run.');
}

/** Asks the store for every row by its uid, and for the iteration, once they are there. SYNC_STORE_UNAVAILABLE. */
async function storeAll(
  { file, iteration }: Opslog,
  store: AuditStore,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<ReadLines> {
  const { iteration_uid: uid } = iteration;
  const read: ReadLines = { operations: 0, badLines: new Set(), torn: false };
  let lastAt: string | undefined;
  let missing = 0;
  for await (const { operations, badLines, torn } of readOpslogFile(file, uid)) {
    stopIf(signal);
    await store.saveOperations(iteration, operations);
    const uids = operations.map((operation) => operation.operation_uid);
    missing += (await store.missingOperations(uid, uids)).length;
    read.operations += operations.length;
    for (const number of badLines) read.badLines.add(number);
    read.torn ||= torn;
    lastAt = operations.at(-1)?.ended_at ?? operations.at(-1)?.started_at ?? lastAt;
  }
  await store.saveIteration(
    iteration.status === 'running'
      ? await cutOff(iteration, store, lastAt ?? clock.now().toISOString())
      : iteration,
  );
  if (!(await store.iteration(uid))) missing += 1;
  if (missing > 0) throw notReadBack(store, missing);
  return read;
}

/** The pair's lock is ours: whoever wrote these records is no more. */
async function cutOff(iteration: SyncIteration, store: AuditStore, endedAt: string): Promise<SyncIteration> {
  return {
    ...iteration,
    ...(await store.countsOf(iteration.iteration_uid)),
    status: 'failed',
    ended_at: endedAt,
    error_message: iteration.error_message ?? 'The run was cut off: its process ended before it did.',
  };
}

/**
 * The opslog first: with its iteration's file alone, all that is repeated is one row that is the same. Nor is it more where
 * a power cut brings a file back.
 */
async function putAway({ file, iterationFile }: Opslog, { badLines }: ReadLines): Promise<void> {
  if (badLines.size > 0) await rename(file, `${file}${setAsideSuffix}`);
  else await rm(file, { force: true });
  await rm(iterationFile, { force: true });
}

function notesOf({ file, iteration }: Opslog, { badLines, torn }: ReadLines): string[] {
  const name = basename(file);
  const notes: string[] = [];
  if (iteration.status === 'running')
    notes.push(
      `The run of ${iteration.direction} that began at ${iteration.started_at} was cut off. It is recorded as failed.`,
    );
  if (torn) notes.push(`The last line of ${name} was cut off while it was written, and says nothing.`);
  if (badLines.size > 0)
    notes.push(
      `${badLines.size === 1 ? 'One line' : `${badLines.size} lines`} of ${name} could not be read. All others are recorded; the file is kept as ${name}${setAsideSuffix}.`,
    );
  return notes;
}

function notReadBack(store: AuditStore, missing: number): Problem {
  return new Problem('SYNC_STORE_UNAVAILABLE', {
    what: `The records were written to ${store.description}, and ${missing} of them cannot be read back.`,
    state: 'Their files stay in the log folder, and are written again with the next run.',
    next: 'Look at its own log, and at what else changes its tables sync_iterations and sync_operations.',
  });
}
