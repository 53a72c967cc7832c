import { randomUUID } from 'node:crypto';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { asProblem } from '../../../../shared/problem.ts';
import type { SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import type { SyncRequest } from '../../../../shared/schemas/sync-request.ts';
import { type AgreedState, openAgreedState } from '../engine/agreed-state.ts';
import { type OpenRoots, openRoots } from '../engine/open-roots.ts';
import { withOpenFilesWords } from '../engine/open-files.ts';
import { makePlan } from '../engine/make-plan.ts';
import { surveyThreadsAhead } from '../engine/survey/survey.ts';
import type { SurveyThreads } from '../engine/survey/survey-threads.ts';
import type { LockedRoot, SyncLock } from '../lock/sync-lock.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { isBlocked, readBlocked } from './blocked.ts';
import { cleanUpOpslogs } from './clean-up.ts';
import { dryRun } from './dry-run.ts';
import { openLogFolder } from './log-folder.ts';
import { realRun } from './real-run.ts';
import { RunRecord } from './run-record.ts';
import type { SyncRunEvent, SyncRunOptions, SyncRunOutcome, SyncRunPorts } from './run-ports.ts';
import { type Settled, settleEarlierRuns } from './settle-earlier.ts';
import { noted } from './write-records.ts';

/** All that the parts of one run work with, once its lock is held. */
export interface OpenRun {
  readonly request: SyncRequest;
  readonly ports: SyncRunPorts;
  readonly roots: OpenRoots;
  readonly lock: SyncLock;
  readonly store: AuditStore;
  readonly record: RunRecord;
  readonly iterationUid: string;
  readonly threads: SurveyThreads;
  readonly tell: (event: SyncRunEvent) => void;
  /** The caller's. */
  readonly signal: AbortSignal;
  /** The caller's, or that the lock was lost. */
  readonly stop: AbortSignal;
}

/**
 * One pass over one pair: what its flags ask for, from the look at both roots to the records. A run of which a part failed
 * answers with `report.problem`; whatever kept it from its end is thrown. SYNC_ROOT_*, SYNC_LOG_FOLDER_UNUSABLE, SYNC_LOCK_*,
 * SYNC_BLOCKED, SYNC_TOO_MANY_DELETIONS, SYNC_EVERYTHING_CHANGED, SYNC_DSN_INVALID, CANCELLED.
 */
export async function runSync(
  request: SyncRequest,
  ports: SyncRunPorts,
  { signal, tell = ignore, reviewed }: SyncRunOptions,
): Promise<SyncRunOutcome> {
  // They start while the roots are looked at and the lock is taken.
  const threads = surveyThreadsAhead(request);
  try {
    return await runWith(threads, request, ports, { signal, tell, ...(reviewed ? { reviewed } : {}) });
  } catch (error) {
    throw withOpenFilesWords(error);
  } finally {
    threads.end();
  }
}

async function runWith(
  threads: SurveyThreads,
  request: SyncRequest,
  ports: SyncRunPorts,
  { signal, tell = ignore, reviewed }: SyncRunOptions,
): Promise<SyncRunOutcome> {
  const { pair, logDir, lockTtlSeconds } = request;
  const startedAt = ports.clock.now();
  await openLogFolder(logDir);
  const roots = await openRoots(request, { now: () => ports.clock.now().getTime() });
  const iterationUid = randomUUID();
  const holder = `${ports.hostName}/${iterationUid}`;
  const store = ports.openStore(logDir);
  try {
    const lock = await ports.takeLock(
      { pair, holder, ttlSeconds: lockTtlSeconds, logDir, roots: lockedRoots(request, roots) },
      { signal },
    );
    try {
      for (const text of lock.notes ?? []) tell({ type: 'note', text });
      const record = new RunRecord(request, iterationUid, startedAt);
      const stop = AbortSignal.any([signal, lock.lost]);
      return await perform(
        { request, ports, roots, lock, store, record, iterationUid, threads, tell, signal, stop },
        reviewed,
      );
    } finally {
      await lock.release();
    }
  } finally {
    await store.close();
  }
}

/** A dry run changes nothing in them, and leaves nothing in them either. */
function lockedRoots(request: SyncRequest, { source, destination }: OpenRoots): LockedRoot[] {
  return request.dryRun ? [] : [source, destination].map(({ path, marker }) => ({ path, id: marker.root }));
}

async function perform(run: OpenRun, reviewed: SyncPlan | undefined): Promise<SyncRunOutcome> {
  const { request, roots, tell } = run;
  // Where somebody looks first; a run every few minutes would say the same each time.
  if (request.dryRun) for (const text of run.store.notes) tell({ type: 'note', text });
  const blocked = await whatBlocks(run);
  const settled = await settleEarlierRuns(run);
  const agreed = openAgreedState({ logDir: request.logDir, pair: request.pair, roots });
  try {
    const plan = async () => noticed(run, reviewed ?? (await look(run, agreed, settled)));
    const outcome = await (request.dryRun
      ? dryRun(run, await plan())
      : realRun(run, plan, agreed, { blocked, foldersLeft: settled.foldersLeft }));
    await noted(run, () => cleanUp(run));
    return outcome;
  } finally {
    agreed.close();
  }
}

/** Under the lock: a run of the other direction may just have failed. SYNC_BLOCKED, of which a dry run is only told. */
async function whatBlocks({ request, roots, tell }: OpenRun): Promise<SyncBlocked | undefined> {
  const { pair, logDir, direction, dryRun: isDry } = request;
  try {
    const blocked = await readBlocked(logDir, pair);
    if (blocked !== undefined && blocked.source !== roots.source.marker.root)
      throw isBlocked(blocked, direction, logDir);
    return blocked;
  } catch (error) {
    const refusal = asProblem(error);
    if (!isDry || refusal?.code !== 'SYNC_BLOCKED') throw error;
    tell({ type: 'note', text: `A real run would be refused. ${refusal.data.what}` });
    return undefined;
  }
}

/** What is older than its retention goes from the log folder. */
async function cleanUp({ request, ports: { clock }, tell }: OpenRun): Promise<void> {
  const { logDir, pair, logRetainDays: retainDays } = request;
  const { notes } = await cleanUpOpslogs({ logDir, pair, retainDays, clock });
  for (const text of notes) tell({ type: 'note', text });
}

function noticed({ record, tell }: OpenRun, plan: SyncPlan): SyncPlan {
  record.addNotices(plan.notices);
  for (const notice of plan.notices) tell({ type: 'notice', notice });
  return plan;
}

async function look(
  { roots, request, threads, tell, stop }: OpenRun,
  agreed: AgreedState,
  { sourceMayLack }: Settled,
): Promise<SyncPlan> {
  tell({ type: 'progress', progress: { step: 'look', done: 0, total: 0 } });
  return makePlan(roots, request, {
    signal: stop,
    agreed,
    sourceMayLack,
    threads,
    logDir: request.logDir,
    progress: (done: number) => tell({ type: 'progress', progress: { step: 'look', done, total: done } }),
  });
}

function ignore(): void {}
