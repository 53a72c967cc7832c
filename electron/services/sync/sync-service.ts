import type { SyncPairMarks } from '../../../shared/schemas/sync-commands.ts';
import type { SyncOverview, SyncRun } from '../../../shared/schemas/sync-overview.ts';
import type { PlannedSync, SyncChoice, SyncLoss } from '../../../shared/schemas/sync-plans.ts';
import { createRootIds } from './engine/root-ids.ts';
import { commandDatabase, type CommandPair, commandPair } from './pairs/command-pair.ts';
import { labPair } from './pairs/lab-pairs.ts';
import { markPair } from './pairs/mark-pair.ts';
import { createPairRuns } from './pairs/pair-runs.ts';
import {
  createPairViews,
  type IterationFilter,
  type OperationsPage,
  type RunOperations,
} from './pairs/pair-views.ts';
import type { SyncServiceParts } from './parts.ts';
import { createLogFolderAnswers } from './runs/log-folder-answers.ts';
import { resumePair } from './runs/resume.ts';

/** The pairs of folders of the lab: overview → plan → run → proof. Pairs and directions are named as in `sync/pairs.yaml`. */
export interface SyncService {
  /** From the log folder and the store; of a pair's sides only the markers are looked at, while it is blocked. Nothing is written. LAB_FILE_INVALID. */
  overview(what: { readonly store: boolean }): Promise<SyncOverview>;
  /** SYNC_STORE_UNAVAILABLE; none when nothing was ever run. */
  iterations(filter: IterationFilter): Promise<SyncRun[]>;
  /** SYNC_ITERATION_UNKNOWN, SYNC_STORE_UNAVAILABLE. */
  operations(page: OperationsPage): Promise<RunOperations>;
  /** A dry run. SYNC_PAIR_UNKNOWN, SYNC_ROOT_…, SYNC_LOCK_…, SYNC_LOG_FOLDER_UNUSABLE. */
  plan(choice: SyncChoice, signal: AbortSignal): Promise<PlannedSync>;
  /**
   * Starts the job that does exactly what the plan of this digest has, also beyond the pair's limits where somebody agreed to
   * just that. PLAN_CHANGED when it is none that was shown within the hour, was run already, or what was agreed to is not in it.
   */
  run(planDigest: string, agreed?: SyncLoss): Promise<{ jobId: string }>;
  /** For the command line alone. SYNC_PAIR_UNKNOWN, LAB_FILE_INVALID. */
  commandPair(pair: string): Promise<CommandPair>;
  /** The same; the address of its database. SYNC_PAIR_UNKNOWN, LAB_FILE_INVALID, SECRET_…, IDENTITY_… */
  commandDatabase(pair: string): Promise<string | undefined>;
  /** SYNC_ROOT_OF_ANOTHER, SYNC_ROOTS_OVERLAP, SYNC_ROOT_MISSING. */
  initPair(pair: string): Promise<SyncPairMarks>;
  /** Nothing of a pair holds its other direction back any more. SYNC_PAIR_UNKNOWN, SYNC_LOG_FOLDER_UNUSABLE, SYNC_LOCK_…. */
  resume(pair: string, signal: AbortSignal): Promise<{ pair: string; wasBlocked: boolean }>;
}

export function createSyncService(given: SyncServiceParts): SyncService {
  const parts = { ...given, logFolders: createLogFolderAnswers() };
  const rootIds = createRootIds();
  return {
    ...createPairViews(parts, rootIds),
    ...createPairRuns(parts, rootIds),
    commandPair: (pair) => commandPair(parts, pair),
    commandDatabase: (pair) => commandDatabase(parts, pair),
    initPair: (pair) => markPair(parts, pair),
    async resume(name, signal) {
      const { logFolder, pair } = await labPair(parts, name);
      const request = { pair: name, logDir: logFolder, lockTtlSeconds: pair.lockTtlSeconds };
      await parts.logFolders.confirm(logFolder, 'Nothing was changed.');
      // No record is read or written: a database whose address cannot be opened keeps no pair blocked.
      const { cleared } = await resumePair(request, parts.ports(undefined), { signal });
      if (cleared) await writeDown(parts, name);
      return { pair: name, wasBlocked: cleared };
    },
  };
}

/** That somebody found all to be well is an operator's word, and stands in the logbook. */
async function writeDown({ lab }: SyncServiceParts, pair: string): Promise<void> {
  await lab.appendToLogbook({
    project: 'sync',
    summary: `Sync: the pair ${pair} may run again in both directions`,
    affectedResources: [pair],
  });
}
