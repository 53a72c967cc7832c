import { readdir } from 'node:fs/promises';
import { asProblem } from '../../../../shared/problem.ts';
import type {
  SyncDirectionStatus,
  SyncStatusReport,
  SyncStatusRequest,
} from '../../../../shared/schemas/sync-commands.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import type { SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { AuditStore, StoredIteration } from '../store/audit-store.ts';
import { readBlocked } from './blocked.ts';
import { createLogFolderAnswers, type LogFolderAnswers } from './log-folder-answers.ts';
import { logFolderUnusable } from './log-folder.ts';
import { listOpslogs } from './opslog-files.ts';
import type { SyncRunPorts } from './run-ports.ts';

/** How each direction stands. Changes nothing; what cannot be known now is a gap. SYNC_LOG_FOLDER_UNUSABLE. */
export async function readStatus(
  { logDir, pair }: SyncStatusRequest,
  { openStore, hasDatabase }: Pick<SyncRunPorts, 'openStore' | 'hasDatabase'>,
  { logFolders = createLogFolderAnswers() }: { readonly logFolders?: LogFolderAnswers } = {},
): Promise<SyncStatusReport> {
  const gaps: string[] = [];
  const mute = await logFolders.confirm(logDir).then(
    () => undefined,
    (error: unknown) => asProblem(error),
  );
  if (mute !== undefined) {
    // A database knows of the runs all the same.
    if (!hasDatabase) throw mute;
    const directions = await directionsOf(() => openStore(logDir, { readOnly: true }), pair, gaps);
    return { directions, blocked: [], waiting: [], gaps: [...gaps, `${mute.data.what} ${mute.data.state}`] };
  }
  const names = await namesIn(logDir);
  const directions = await directionsOf(() => openStore(logDir, { readOnly: true }), pair, gaps);
  const waiting = await waitingIn(logDir, names, pair, gaps);
  return {
    directions,
    blocked: await blockedIn(logDir, names, pair, gaps),
    waiting,
    gaps,
  };
}

async function namesIn(logDir: string): Promise<string[]> {
  try {
    return await readdir(logDir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw logFolderUnusable(logDir, error);
  }
}

async function waitingIn(
  logDir: string,
  names: readonly string[],
  pair: string | undefined,
  gaps: string[],
): Promise<{ pair: string; runs: number }[]> {
  if (names.length === 0) return [];
  const found = await listOpslogs(logDir, pair === undefined ? {} : { pair }).catch((error: unknown) => {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    gaps.push(problem.data.what);
  });
  if (found === undefined) return [];
  const { opslogs, orphans, setAside } = found;
  for (const file of [...orphans, ...setAside]) gaps.push(`${file} has records that nobody could read.`);
  const byPair = Map.groupBy(opslogs, ({ iteration }) => iteration.sync_pair);
  return [...byPair].map(([name, runs]) => ({ pair: name, runs: runs.length }));
}

/** By pair and direction. Also where nobody could say which database it is, what the log folder has is told all the same. */
async function directionsOf(
  open: () => AuditStore,
  pair: string | undefined,
  gaps: string[],
): Promise<SyncDirectionStatus[]> {
  let store: AuditStore | undefined;
  try {
    store = open();
    const statuses: SyncDirectionStatus[] = [];
    for (const direction of await store.directions(pair)) statuses.push(await statusOf(store, direction));
    return statuses;
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    gaps.push(problem.data.what);
    return [];
  } finally {
    await store?.close();
  }
}

/** Dry runs are never taken for runs. */
async function statusOf(
  store: AuditStore,
  of: { readonly pair: string; readonly direction: string },
): Promise<SyncDirectionStatus> {
  const [lastRun] = await store.iterations({ ...of, dryRun: false, limit: 1 });
  const [lastSuccess] = await store.iterations({ ...of, dryRun: false, status: 'success', limit: 1 });
  const [lastDryRun] = await store.iterations({ ...of, dryRun: true, limit: 1 });
  return {
    ...of,
    ...(lastRun === undefined ? {} : { lastRun: plain(lastRun) }),
    ...(lastSuccess === undefined ? {} : { lastSuccess: plain(lastSuccess) }),
    ...(lastDryRun === undefined ? {} : { lastDryRun: plain(lastDryRun) }),
  };
}

function plain({ id: _id, ...iteration }: StoredIteration): SyncIteration {
  return iteration;
}

async function blockedIn(
  logDir: string,
  names: readonly string[],
  pair: string | undefined,
  gaps: string[],
): Promise<SyncBlocked[]> {
  const blocked: SyncBlocked[] = [];
  for (const name of names) {
    const named = /^blocked-(.+)\.json$/.exec(name)?.[1];
    if (named === undefined || (pair !== undefined && pair !== named)) continue;
    try {
      const one = await readBlocked(logDir, named);
      if (one !== undefined) blocked.push(one);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      gaps.push(problem.data.what);
    }
  }
  return blocked;
}
