import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import { formatBytes, formatCount, formatQuantity } from '../../../../shared/quantities.ts';
import type { SyncUndoRequest } from '../../../../shared/schemas/sync-commands.ts';
import type { SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import { syncRequestSchema } from '../../../../shared/schemas/sync-request.ts';
import { noteTakenBack } from '../engine/agreed-taken-back.ts';
import type { AppliedBatch } from '../engine/applied-batch.ts';
import { notDurableState } from '../engine/apply-problems.ts';
import { openFilesWordsIn, withOpenFilesWords } from '../engine/open-files.ts';
import { openRoot, type Root } from '../engine/open-roots.ts';
import { trashName } from '../engine/reserved-names.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { applyUndo } from '../engine/apply-undo.ts';
import { planUndo, type UndoPlan } from '../engine/undo-plan.ts';
import type { SyncLock } from '../lock/sync-lock.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { findIteration } from './find-iteration.ts';
import { openLogFolder } from './log-folder.ts';
import { createOpslog } from './opslog-writer.ts';
import { plannedRow } from './planned-rows.ts';
import { RunRecord } from './run-record.ts';
import { settleKilled } from './settle-earlier.ts';
import type { SyncRunEvent, SyncRunPorts } from './run-ports.ts';
import { leaveRecords, writeRecordsAnyway } from './write-records.ts';

/** What an undo's own rows have as their direction. */
const undoDirection = 'undo';

interface OpenUndo {
  readonly request: ReturnType<typeof syncRequestSchema.parse>;
  readonly ports: SyncRunPorts;
  readonly store: AuditStore;
  readonly root: Root;
  readonly lock: SyncLock;
  readonly record: RunRecord;
  readonly signal: AbortSignal;
  readonly tell: (event: SyncRunEvent) => void;
}

/**
 * Takes one run back: what it replaced or deleted comes from the trash, with a time of now, so that it is the newest and
 * reaches the other side; what it made goes to the trash. Only the side that the run changed is needed. It is a run itself,
 * with rows of its own. SYNC_ITERATION_UNKNOWN, SYNC_NOT_UNDOABLE, SYNC_ROOT_*, SYNC_LOCK_*, CANCELLED.
 */
export async function undoRun(
  request: SyncUndoRequest,
  ports: SyncRunPorts,
  { signal, tell = ignore }: { readonly signal: AbortSignal; readonly tell?: (event: SyncRunEvent) => void },
): Promise<SyncRunReport> {
  try {
    return await undoWith(request, ports, { signal, tell });
  } catch (error) {
    throw withOpenFilesWords(error);
  }
}

async function undoWith(
  request: SyncUndoRequest,
  ports: SyncRunPorts,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (event: SyncRunEvent) => void },
): Promise<SyncRunReport> {
  const { logDir, lockTtlSeconds: ttlSeconds, iteration: uid, dryRun } = request;
  await openLogFolder(logDir);
  const store = ports.openStore(logDir);
  try {
    const { sync_pair: pair, dest, dry_run: wasDry } = await findIteration(request, store);
    if (wasDry) throw notUndoable(uid, 'It was a dry run, which has changed nothing.');
    const root = openRoot({ path: dest, pair }, { now: () => ports.clock.now().getTime() });
    const ownUid = randomUUID();
    const holder = `${ports.hostName}/${ownUid}`;
    const roots = [{ path: root.path, id: root.marker.root }];
    const lock = await ports.takeLock({ pair, holder, ttlSeconds, logDir, roots }, { signal });
    try {
      for (const text of lock.notes ?? []) tell({ type: 'note', text });
      const own = syncRequestSchema.parse({
        src: join(root.path, trashName, uid),
        dest: root.path,
        pair,
        direction: undoDirection,
        logDir,
        dryRun,
      });
      const record = new RunRecord(own, ownUid, ports.clock.now());
      const stop = AbortSignal.any([signal, lock.lost]);
      const undo: OpenUndo = { request: own, ports, store, root, lock, record, signal: stop, tell };
      await settleKilled(undo, root);
      const plan = planUndo(root, uid);
      record.addNotices(plan.skipped);
      if (plan.notUsable !== undefined) tell({ type: 'note', text: plan.notUsable });
      sayWhatComesAgain(undo, plan);
      return await (dryRun ? showUndo(undo, plan, ownUid) : takeBack(undo, plan));
    } finally {
      await lock.release();
    }
  } finally {
    await store.close();
  }
}

/** Taking a new file away brings no peace: the other side still has it. */
function sayWhatComesAgain({ request, tell }: OpenUndo, { comeAgain }: UndoPlan): void {
  if (comeAgain === 0) return;
  const [files, come, are, them] =
    comeAgain === 1 ? ['file', 'comes', 'is', 'it'] : ['files', 'come', 'are', 'them'];
  tell({
    type: 'note',
    text: `${comeAgain} new ${files} that the run had copied ${are} taken away, and ${come} again with the next run from the other side of pair ${request.pair}, as long as that has ${them}. No run deletes ${them} there on account of this undo.`,
  });
}

/** What is on one side only, once the run is taken back, is not to be deleted as if somebody had deleted it on the other. */
function noteWhatIsTakenBack({ request: { logDir, pair }, root, tell }: OpenUndo, { steps }: UndoPlan): void {
  const onOneSide = steps.filter(({ planned: { operation } }) => operation !== 'update');
  try {
    noteTakenBack(
      { logDir, pair, root },
      onOneSide.map(({ planned: { path } }) => path),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    tell({
      type: 'note',
      text: `It could not be noted in ${logDir} what is taken back (${why}). Do a run with --delete-missing only once both sides have what you want to keep.`,
    });
  }
}

/** What it would do, as the rows of a dry run; they are shown and not kept. */
function showUndo({ record, ports }: OpenUndo, plan: UndoPlan, ownUid: string): SyncRunReport {
  const now = ports.clock.now();
  record.addOperations(plan.steps.map(({ planned }) => plannedRow(planned, ownUid, now)));
  return record.report(seenAs(plan), record.iteration('success', { at: now }), { recorded: 'stored' });
}

async function takeBack(undo: OpenUndo, plan: UndoPlan): Promise<SyncRunReport> {
  const { request, root, lock, record, signal, ports, tell } = undo;
  const running = record.iteration('running');
  const opslog = await createOpslog({ logDir: request.logDir, iteration: running });
  noteWhatIsTakenBack(undo, plan);
  let full: AppliedBatch['full'];
  try {
    for await (const batch of applyUndo(plan, root, { iteration: running, lock, signal })) {
      record.addOperations(batch.operations);
      record.addNotices(batch.notices);
      record.addBytes(batch.bytes);
      full ??= batch.full;
      await opslog.append(batch.operations);
      tell({ type: 'operations', operations: batch.operations });
      tell({ type: 'if-cut-off', state: stateOf(undo, plan) });
    }
  } catch (error) {
    const durable = asProblem(error)?.data.state !== notDurableState;
    const state = stateOf(undo, plan, { durable });
    const problem = undo.signal.aborted
      ? (asProblem(signal.reason) ?? cancelled(state))
      : asProblem(withOpenFilesWords(error));
    const reason = problem?.data.what ?? 'It failed in a way that was not expected.';
    const iteration = record.iteration('failed', { at: ports.clock.now(), error: reason });
    if (problem?.code === 'SYNC_LOCK_LOST') await leaveRecords(undo, opslog, iteration);
    else await writeRecordsAnyway(undo, opslog, iteration);
    if (problem === undefined) throw error;
    throw new Problem(problem.code, { ...problem.data, state }, { cause: error });
  }
  const problem = incompleteness(undo, plan, full);
  const iteration = record.iteration(problem === undefined ? 'success' : 'partial_failure', {
    at: ports.clock.now(),
    error: problem?.data.what,
  });
  const recorded = await writeRecordsAnyway(undo, opslog, iteration);
  return record.report(seenAs(plan), iteration, { recorded, problem: problem?.toRecord() });
}

/** What a report says of a plan; nothing but what is taken back was looked at. */
function seenAs({ iteration, steps }: UndoPlan): Pick<SyncPlan, 'counts' | 'digest'> {
  const count = (operation: string) => steps.filter(({ planned }) => planned.operation === operation).length;
  const [creates, updates, deletes] = [count('create'), count('update'), count('delete')];
  const names = steps.map(({ planned }) => `${planned.operation} ${planned.path}\0`);
  const digest = createHash('sha256')
    .update(iteration.iteration_uid)
    .update(names.join(''), 'latin1')
    .digest('hex');
  const bytes = steps.reduce(
    (sum, { planned: { kind, source } }) => sum + (kind === 'file' ? (source?.size ?? 0) : 0),
    0,
  );
  return {
    counts: { source: 0, destination: 0, common: 0, equal: 0, creates, updates, deletes, bytes },
    digest,
  };
}

/** What is back, whether a power cut could still take it, and where the rest of it is kept. */
function stateOf(
  { record, root }: OpenUndo,
  { steps, iteration }: UndoPlan,
  { durable = true } = {},
): string {
  const done = record.operationsTotal - record.failed;
  const trash = join(root.path, trashName, iteration.iteration_uid);
  const kept = `Nothing is lost: earlier versions that are not back are still in ${trash}.`;
  if (done === 0) return `Nothing was changed. ${kept}`;
  const taken = `Of ${formatQuantity(steps.length, 'change')} of that run ${formatCount(done)} ${done === 1 ? 'was' : 'were'} taken back`;
  const state = done < steps.length ? `${taken}; the others are as that run left them. ${kept}` : `${taken}.`;
  return durable ? state : `${state} ${notDurableState}`;
}

function incompleteness(undo: OpenUndo, plan: UndoPlan, full: AppliedBatch['full']): Problem | undefined {
  const { record, root } = undo;
  const first = record.firstFailed;
  if (first === undefined) return undefined;
  const { error_message: reason } = first;
  const what = `${formatQuantity(record.failed, 'change')} could not be taken back; the first is ${first.filepath}: ${reason ?? 'no reason is known'}`;
  return new Problem('SYNC_INCOMPLETE', {
    what: full === undefined ? what : `${what} ${roomLeft(root.path, full)}`,
    state: stateOf(undo, plan),
    next:
      openFilesWordsIn(reason)?.next ??
      (full === undefined
        ? 'Mend what the reasons name, then undo the same run again.'
        : `Make room on the disk of ${root.path}, but not by removing anything from its ${trashName}: what is to come back is there. Then undo the same run again, which goes on with the rest.`),
  });
}

function roomLeft(path: string, { freeBytes, notAttempted }: NonNullable<AppliedBatch['full']>): string {
  const rest =
    notAttempted === 0 ? '' : ` ${formatQuantity(notAttempted, 'change')} more were not attempted.`;
  return `The disk of ${path} has ${formatBytes(freeBytes)} left.${rest}`;
}

function notUndoable(uid: string, why: string): Problem {
  return new Problem('SYNC_NOT_UNDOABLE', {
    what: `The run ${uid} cannot be taken back. ${why}`,
    state: 'Nothing was changed.',
    next: '`sifaka sync status` shows the last runs.',
  });
}

function ignore(): void {}
