import { asProblem } from '../../../../shared/problem.ts';
import type { SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import type { AgreedState } from '../engine/agreed-state.ts';
import { applyPlan } from '../engine/apply-plan.ts';
import { refuseTooMuch } from '../engine/stops.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { pruneTrash } from '../engine/trash-retention.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { clearBlocked } from './blocked.ts';
import { createOpslog, type OpslogWriter } from './opslog-writer.ts';
import { endedEarly, incompleteness, keepWaiting, type Shortfall, stateOf } from './run-end.ts';
import type { SyncRunOutcome } from './run-ports.ts';
import type { OpenRun } from './run-sync.ts';
import type { Settled } from './settle-earlier.ts';
import { noted, writeRecordsAnyway } from './write-records.ts';

/** What earlier runs left to this one. */
interface EarlierRuns extends Pick<Settled, 'foldersLeft'> {
  readonly blocked: SyncBlocked | undefined;
}

interface Application extends Pick<Settled, 'foldersLeft'> {
  readonly run: OpenRun;
  readonly plan: SyncPlan;
  readonly agreed: AgreedState;
  readonly opslog: OpslogWriter;
}

/** Looks, applies what is to be done, and writes down what came of it, however it ends. */
export async function realRun(
  run: OpenRun,
  look: () => Promise<SyncPlan>,
  agreed: AgreedState,
  { blocked, foldersLeft }: EarlierRuns,
): Promise<SyncRunOutcome> {
  const { record, request, ports } = run;
  const opslog = await createOpslog({ logDir: request.logDir, iteration: record.iteration('running') });
  let plan: SyncPlan | undefined;
  let applied: Shortfall;
  try {
    plan = await look();
    record.skip(plan);
    refuseTooMuch(plan, request);
    run.stop.throwIfAborted();
    if (plan.operations.length > 0) await sayThatItRuns(run);
    applied = await apply({ run, plan, agreed, opslog, foldersLeft });
  } catch (error) {
    throw await endedEarly(run, plan, opslog, error);
  }
  const failure = incompleteness(run, plan, applied);
  const problem = failure !== undefined && isError(applied) ? await keepWaiting(run, failure) : failure;
  const status = problem === undefined ? 'success' : 'partial_failure';
  const iteration = record.iteration(status, { at: ports.clock.now(), error: problem?.data.what });
  run.tell({ type: 'progress', progress: { step: 'record', done: 0, total: 1 } });
  const recorded = await writeRecordsAnyway(run, opslog, iteration);
  if (problem === undefined) await afterCleanRun(run, blocked);
  return { report: record.report(plan, iteration, { recorded, problem: problem?.toRecord() }), plan };
}

/** Answers what failed of it. What was done is agreed on, also when the rest was not reached. */
async function apply(application: Application): Promise<Shortfall> {
  const { run, agreed } = application;
  try {
    return await applyBatches(application);
  } finally {
    agreed.finish();
    if (agreed.trouble !== undefined) run.tell({ type: 'note', text: agreed.trouble });
  }
}

async function applyBatches({ run, plan, agreed, opslog, foldersLeft }: Application): Promise<Shortfall> {
  const { record, roots, request, lock, stop, tell } = run;
  const { batches } = run.ports;
  const { workers } = request;
  const { bytes: total } = plan.counts;
  let full: Shortfall['full'];
  let blocking = plan.notices.filter(({ kind }) => kind === 'unreadable').length;
  tell({ type: 'progress', progress: { step: 'apply', done: 0, total } });
  const iteration = record.iteration('running');
  const options = { iteration, lock, workers, batches, foldersLeft, signal: stop };
  for await (const batch of applyPlan(plan, roots, options)) {
    record.addOperations(batch.operations);
    record.addNotices(batch.notices);
    record.addBytes(batch.bytes);
    blocking += batch.failed;
    full ??= batch.full;
    agreed.addApplied(batch.applied, batch.aligned);
    await opslog.append(batch.operations);
    tell({ type: 'operations', operations: batch.operations });
    for (const notice of batch.notices) tell({ type: 'notice', notice });
    tell({ type: 'if-cut-off', state: stateOf(run, plan) });
    tell({ type: 'progress', progress: { step: 'apply', done: Math.min(record.bytes, total), total } });
  }
  return { blocking, ...(full && { full }) };
}

/** The database may say so while it runs; when it does not answer, it hears of it at the end. */
async function sayThatItRuns({ store, record, tell }: OpenRun): Promise<void> {
  try {
    await store.saveIteration(record.iteration('running'));
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    tell({ type: 'note', text: `This run is not in the database yet. ${problem.data.what}` });
  }
}

/** More than a file in use. */
function isError({ blocking, full }: Shortfall): boolean {
  return blocking > 0 || full !== undefined;
}

/**
 * What only a clean run may do, and only while it has the lock: the other direction need not wait any longer, and old versions
 * go.
 */
async function afterCleanRun(
  { request, roots, ports, lock, stop, tell }: OpenRun,
  blocked: SyncBlocked | undefined,
): Promise<void> {
  if (!(await noted({ tell }, () => lock.confirm()))) return;
  if (blocked !== undefined) {
    const isCleared = await noted({ tell }, () => clearBlocked(request.logDir, request.pair));
    const now = isCleared ? 'no longer blocked: this direction has run clean' : 'still blocked';
    tell({ type: 'note', text: `Pair ${request.pair} is ${now}.` });
  }
  const { pair, trashRetainDays: retainDays } = request;
  try {
    const now = ports.clock.now();
    const { refused } = await pruneTrash(roots.destination, { pair, retainDays, now, signal: stop });
    if (refused !== undefined) tell({ type: 'note', text: refused });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    // What is left of it is removed by a later run; this one has done its work.
    tell({
      type: 'note',
      text: `Old versions could not be removed from the trash of ${request.dest}. ${asProblem(error)?.data.what ?? `The system said ${code}.`}`,
    });
  }
}
