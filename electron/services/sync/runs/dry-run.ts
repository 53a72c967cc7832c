import { asProblem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { SyncRequest } from '../../../../shared/schemas/sync-request.ts';
import { refuseTooMuch } from '../engine/stops.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { isSameDryRun } from '../store/dry-run-set.ts';
import { createOpslog } from './opslog-writer.ts';
import { plannedRow, stayingRow } from './planned-rows.ts';
import type { SyncRunOutcome } from './run-ports.ts';
import type { OpenRun } from './run-sync.ts';
import { writeRecords } from './write-records.ts';

/** Rows in one piece of the opslog and one event. */
const pieceRows = 1000;

/**
 * The plan as rows with dry_run = 1, unless the last dry run of this direction came to the same set of filepath, operation and
 * size_before: then nothing is written, and the report has its time.
 */
export async function dryRun(run: OpenRun, plan: SyncPlan): Promise<SyncRunOutcome> {
  const { record, tell, stop, ports, request, iterationUid } = run;
  const now = ports.clock.now();
  const wouldStop = stopOf(plan, request);
  const rows = plan.operations.map((operation) => plannedRow(operation, iterationUid, now));
  const stays = { staying: plan.staying.map(stayingRow), stayingTotal: plan.stayingTotal };
  record.skip(plan);
  record.addOperations(rows);
  stop.throwIfAborted();
  const last = await lastDryRun(run);
  tell({ type: 'progress', progress: { step: 'record', done: 0, total: 1 } });
  if (last !== undefined && isSameDryRun(last.rows, rows)) {
    const iteration = record.iteration('success', { at: ports.clock.now() });
    const currentAsOf = last.iteration.started_at;
    const found = { recorded: 'stored', currentAsOf, wouldStop, ...stays } as const;
    return { report: record.report(plan, iteration, found), plan };
  }
  const opslog = await createOpslog({ logDir: request.logDir, iteration: record.iteration('running') });
  try {
    for (let at = 0; at < rows.length; at += pieceRows) {
      const piece = rows.slice(at, at + pieceRows);
      await opslog.append(piece);
      tell({ type: 'operations', operations: piece });
    }
  } catch (error) {
    await opslog.close();
    throw error;
  }
  const iteration = record.iteration('success', { at: ports.clock.now() });
  const recorded = await writeRecords(run, opslog, iteration);
  return { report: record.report(plan, iteration, { recorded, wouldStop, ...stays }), plan };
}

/** Why a run of this plan would stop before its first change. */
function stopOf(plan: SyncPlan, request: SyncRequest): ProblemRecord | undefined {
  try {
    refuseTooMuch(plan, request);
    return undefined;
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return problem.toRecord();
  }
}

/** A database that does not answer has no dry run to compare with. */
async function lastDryRun({ store, request: { pair, direction }, tell }: OpenRun) {
  try {
    return await store.lastDryRun(pair, direction);
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    tell({ type: 'note', text: `The last dry run is not known. ${problem.data.what}` });
    return undefined;
  }
}
