import { lstat } from 'node:fs/promises';
import { asProblem, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type {
  KeptOperation,
  SyncDirectionState,
  SyncOverview,
  SyncPairState,
  SyncRun,
} from '../../../../shared/schemas/sync-overview.ts';
import type { SyncPair, SyncPairsFile } from '../../../../shared/schemas/sync-pairs.ts';
import { directionsOf, type PairDirection } from '../../../../shared/sync-directions.ts';
import { isMissing } from '../../durable/system-error.ts';
import type { RootIds } from '../engine/root-ids.ts';
import type { SyncLookParts } from '../parts.ts';
import { listOpslogs } from '../runs/opslog-files.ts';
import { blockedBy } from './blocked-directions.ts';
import { lastRuns, withConflicts, withStore } from './kept-runs.ts';

export interface IterationFilter {
  readonly pair?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly limit: number;
}

export interface OperationsPage {
  readonly iteration: string;
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface RunOperations {
  readonly run: SyncRun;
  readonly operations: KeptOperation[];
}

/**
 * What there is to look at, from the lab, the log folder and the store. Nothing is written, and of the sides of a pair nothing
 * but their markers is looked at, and only while something blocks the pair.
 */
export interface PairViews {
  overview(what: { readonly store: boolean }): Promise<SyncOverview>;
  iterations(filter: IterationFilter): Promise<SyncRun[]>;
  operations(page: OperationsPage): Promise<RunOperations>;
}

export function createPairViews(parts: SyncLookParts, rootIds: RootIds): PairViews {
  return {
    async overview({ store: asksStore }) {
      const at = parts.clock.now().toISOString();
      const found = await parts.lab.syncPairs();
      if (found === undefined) return { at, pairsFile: 'missing', pairs: [] };
      const { value: file } = found;
      const pairs = Object.entries(file.pairs).map(([name, pair]) => ({ name, pair }));
      const directions = pairs.flatMap(({ name, pair }) =>
        directionsOf(pair).map((direction) => ({ pair: name, direction: direction.name })),
      );
      const [waiting, kept] = await Promise.all([
        waitingRuns(parts, file),
        asksStore ? lastRuns(parts, file, directions) : undefined,
      ]);
      const known = [...(kept?.runs ?? []), ...waiting.runs];
      return {
        at,
        pairsFile: 'there',
        logFolder: file.logFolder,
        ...(waiting.problem && { logFolderProblem: waiting.problem }),
        ...(kept && { store: kept.store }),
        pairs: await Promise.all(pairs.map((one) => pairState(rootIds, file, one, known, waiting))),
      };
    },
    async iterations({ pair, dryRun, limit }) {
      const found = await parts.lab.syncPairs();
      if (found === undefined) return [];
      const filter = { ...(pair !== undefined && { pair }), ...(dryRun !== undefined && { dryRun }), limit };
      return withStore(parts, found.value, async (store) =>
        withConflicts(store, await store.iterations(filter)),
      );
    },
    async operations({ iteration, after, limit }) {
      const found = await parts.lab.syncPairs();
      if (found === undefined) throw iterationUnknown(iteration);
      return withStore(parts, found.value, async (store) => {
        const [run] = await withConflicts(store, [await store.iteration(iteration)].filter(isKnown));
        if (run === undefined) throw iterationUnknown(iteration);
        const page = { limit, ...(after !== undefined && { after }) };
        return { run, operations: await store.operations(iteration, page) };
      });
    },
  };
}

interface WaitingRuns {
  readonly runs: readonly SyncRun[];
  readonly problem?: ProblemRecord;
  /** It does not answer: nothing more is asked of it. */
  readonly isMute?: true;
}

/** Runs whose records are still in the log folder: one that goes on, and those that the store has not taken yet. */
async function waitingRuns(
  { logFolders }: Pick<SyncLookParts, 'logFolders'>,
  { logFolder }: SyncPairsFile,
): Promise<WaitingRuns> {
  const unknown = (error: unknown) => ({
    runs: [],
    problem: (asProblem(error) ?? unreadable(logFolder)).toRecord(),
  });
  try {
    await logFolders.confirm(logFolder);
  } catch (error) {
    return { ...unknown(error), isMute: true };
  }
  try {
    await lstat(logFolder);
    const { opslogs } = await listOpslogs(logFolder);
    return { runs: opslogs.map(({ iteration }) => iteration) };
  } catch (error) {
    // The first run makes it.
    if (isMissing(error)) return { runs: [] };
    return unknown(error);
  }
}

async function pairState(
  rootIds: RootIds,
  { logFolder }: SyncPairsFile,
  { name, pair }: { readonly name: string; readonly pair: SyncPair },
  known: readonly SyncRun[],
  { runs: waiting, isMute }: WaitingRuns,
): Promise<SyncPairState> {
  const own = known.filter(({ sync_pair }) => sync_pair === name);
  return {
    pair: name,
    directions: await Promise.all(
      directionsOf(pair).map(async (direction) =>
        directionState(
          direction,
          own.filter((run) => run.direction === direction.name),
          // Also where a record of a run cannot be read: what blocks the pair has a file of its own.
          isMute ? undefined : await blockedBy(rootIds, logFolder, name, direction),
        ),
      ),
    ),
    waiting: waiting.filter(({ sync_pair, status }) => sync_pair === name && status !== 'running').length,
  };
}

function directionState(
  { name, from, to, src, dest, deleteMissing }: PairDirection,
  runs: readonly SyncRun[],
  blocked: ProblemRecord | undefined,
): SyncDirectionState {
  const [lastRun, lastDryRun] = [newest(runs, false), newest(runs, true)];
  return {
    direction: name,
    from,
    to,
    src,
    dest,
    deleteMissing,
    ...(lastRun && { lastRun }),
    ...(lastDryRun && { lastDryRun }),
    ...(blocked && { blocked }),
  };
}

function newest(runs: readonly SyncRun[], isDryRun: boolean): SyncRun | undefined {
  return runs
    .filter(({ dry_run }) => dry_run === isDryRun)
    .toSorted((one, other) => Date.parse(other.started_at) - Date.parse(one.started_at))[0];
}

function isKnown<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

function unreadable(logFolder: string): Problem {
  return new Problem('SYNC_LOG_FOLDER_UNUSABLE', {
    what: `The log folder ${logFolder} cannot be read.`,
    state: 'What waits in it, and whether a pair is blocked, is not known.',
    next: 'See whether it is mounted, and may be read by this user.',
  });
}

function iterationUnknown(iteration: string): Problem {
  return new Problem('SYNC_ITERATION_UNKNOWN', {
    what: `No run ${iteration} is kept.`,
    state: 'Nothing was changed.',
    next: 'Choose one of the runs on the Sync page.',
  });
}
