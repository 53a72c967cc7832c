import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import { formatBytes, formatQuantity } from '../../../../shared/quantities.ts';
import type { AppliedBatch } from '../engine/applied-batch.ts';
import { notDurableState } from '../engine/apply-problems.ts';
import { openFilesWordsIn, withOpenFilesWords } from '../engine/open-files.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { resumeCommand, stops, writeBlocked } from './blocked.ts';
import type { OpslogWriter } from './opslog-writer.ts';
import type { OpenRun } from './run-sync.ts';
import { leaveRecords, noted, writeRecordsAnyway } from './write-records.ts';

/** How the destination is now, in a sentence or two. `durable`: its file system has said so, or was not asked yet. */
export function stateOf({ record }: OpenRun, plan: SyncPlan | undefined, { durable = true } = {}): string {
  const total = plan?.operations.length ?? 0;
  const done = record.operationsTotal - record.failed;
  const how = durable ? 'each of them whole' : 'but a power cut now could lose some of them';
  if (done === 0) return durable ? 'Nothing was changed.' : notDurableState;
  return `${formatQuantity(done, 'operation')} of ${total} were done (${formatBytes(record.bytes)} copied), ${how}${done < total ? '; the other files are as they were' : ''}.`;
}

/** What came of a plan besides its rows. */
export interface Shortfall {
  /** How much of it is an error and not just a file in use. */
  readonly blocking: number;
  readonly full?: AppliedBatch['full'];
}

/** SYNC_INCOMPLETE, when something was not done. */
export function incompleteness(
  run: OpenRun,
  plan: SyncPlan,
  { blocking, full }: Shortfall,
): Problem | undefined {
  const { record, iterationUid, request } = run;
  if (record.failed === 0 && blocking === 0 && full === undefined) return undefined;
  const first = record.firstFailed;
  const unreadable = plan.notices.find(({ kind }) => kind === 'unreadable');
  const openFiles = openFilesWordsIn(first === undefined ? unreadable?.text : first.error_message);
  const other =
    unreadable === undefined
      ? 'Not everything could be copied.'
      : `A part could not be read: ${unreadable.filepath}. ${unreadable.text}`;
  const what =
    first === undefined
      ? other
      : `${formatQuantity(record.failed, 'operation')} of ${plan.operations.length + plan.alignments.length} failed; the first is ${first.filepath}: ${first.error_message ?? 'no reason is known'}`;
  return new Problem('SYNC_INCOMPLETE', {
    what: `${inSentences(what)}${full === undefined ? '' : ` ${roomIn(request.dest, full)}`}`,
    state: stateOf(run, plan),
    next: `${
      openFiles?.next ??
      (full === undefined
        ? 'Mend what the reasons name, then run it again.'
        : `Make room on the disk of ${request.dest}, then run it again.`)
    } The records are under ${iterationUid}.`,
  });
}

function roomIn(
  dest: string,
  { missingBytes, freeBytes, notAttempted }: NonNullable<Shortfall['full']>,
): string {
  const missing = missingBytes === 0 ? '' : `, and ${formatBytes(missingBytes)} more are needed`;
  const rest =
    notAttempted === 0 ? '' : ` ${formatQuantity(notAttempted, 'operation')} more were not attempted.`;
  return `The disk of ${dest} has ${formatBytes(freeBytes)} left${missing}.${rest}`;
}

/** Keeps the other direction waiting for what failed in this one, and answers the problem that says whether it does. */
export async function keepWaiting(run: OpenRun, problem: Problem): Promise<Problem> {
  const { pair, logDir } = run.request;
  const { state } = problem.data;
  const other = `The other direction of pair ${pair}`;
  const waits = withState(
    problem,
    `${state} ${other} waits until this one has run clean, or until \`${resumeCommand(pair, logDir)}\`.`,
  );
  if (await noted(run, () => block(run, waits))) return waits;
  return notKeptWaiting(run, problem);
}

function notKeptWaiting({ request: { pair, logDir } }: OpenRun, problem: Problem): Problem {
  return withState(
    problem,
    `${problem.data.state} The other direction of pair ${pair} is not kept waiting, since that could not be written to ${logDir}: do not run it before this one has run clean.`,
  );
}

/** Writes down that an error of this direction keeps the other one waiting. */
async function block({ request, roots, iterationUid, ports }: OpenRun, problem: Problem): Promise<void> {
  await writeBlocked(request.logDir, {
    schema: 'sifaka.sync-blocked/1',
    pair: request.pair,
    direction: request.direction,
    source: roots.source.marker.root,
    destination: roots.destination.marker.root,
    src: request.src,
    dest: request.dest,
    iteration: iterationUid,
    since: ports.clock.now().toISOString(),
    problem: problem.toRecord(),
  });
}

/**
 * Records a run that was stopped, lost its lock or failed as a whole, and answers what is thrown for it. One that was
 * stopped by its operator, or by a lock that another has now, is no error of this direction and blocks nothing.
 */
export async function endedEarly(
  run: OpenRun,
  plan: SyncPlan | undefined,
  opslog: OpslogWriter,
  error: unknown,
): Promise<unknown> {
  const { signal, lock, record, ports } = run;
  const durable = asProblem(error)?.data.state !== notDurableState;
  const state = stateOf(run, plan, { durable });
  const problem = problemOf(withOpenFilesWords(error), { signal, lost: lock.lost }, state);
  const isLost = problem?.code === 'SYNC_LOCK_LOST';
  const isCancelled = problem?.code === 'CANCELLED';
  // What keeps a run from its end keeps it from its last words, too: it is said once.
  const quieter = { ...run, tell: unlessSaid(run.tell, problem?.data.what) };
  const blocks = problem !== undefined && !isLost && !isCancelled;
  const isBlocking = blocks && (await noted(quieter, () => block(run, problem)));
  const status = isCancelled && record.operationsTotal > 0 ? 'partial_failure' : 'failed';
  const reason =
    problem === undefined ? 'It failed in a way that was not expected.' : `${problem.data.what} ${state}`;
  const iteration = record.iteration(status, { at: ports.clock.now(), error: reason });
  if (isLost) await leaveRecords(quieter, opslog, iteration);
  else await writeRecordsAnyway(quieter, opslog, iteration);
  if (blocks && !isBlocking) return notKeptWaiting(run, problem);
  return problem ?? error;
}

function unlessSaid(tell: OpenRun['tell'], what: string | undefined): OpenRun['tell'] {
  return (event) => {
    if (event.type !== 'note' || event.text !== what) tell(event);
  };
}

function problemOf(
  error: unknown,
  { signal, lost }: { signal: AbortSignal; lost: AbortSignal },
  state: string,
): Problem | undefined {
  const lockLost = lost.aborted ? asProblem(lost.reason) : undefined;
  if (lockLost !== undefined) return withState(lockLost, state, error);
  if (signal.aborted) return cancelled(state);
  const problem = asProblem(error);
  if (problem === undefined) return undefined;
  if (stops.has(problem.code)) return problem;
  return withState(problem, state, error);
}

function withState(problem: Problem, state: string, cause: unknown = problem.cause): Problem {
  return new Problem(problem.code, { ...problem.data, state }, { cause });
}

function inSentences(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
