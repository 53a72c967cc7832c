import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem } from '../../../../shared/problem.ts';
import type { SyncRun, SyncStoreState } from '../../../../shared/schemas/sync-overview.ts';
import type { SyncPairsFile } from '../../../../shared/schemas/sync-pairs.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import { isMissing } from '../../durable/system-error.ts';
import type { SyncLookParts, SyncServiceParts } from '../parts.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { openAuditStore } from '../store/open-audit-store.ts';
import { embeddedFileName } from '../store/sqlite-database.ts';
import { databaseAddress } from './database.ts';

/**
 * Asks the store of the lab's pairs; it is opened for this, makes nothing, and is closed after it. SYNC_STORE_UNAVAILABLE,
 * SYNC_STORE_NEWER, SYNC_DSN_INVALID, SYNC_LOG_FOLDER_UNUSABLE, SECRET_…, IDENTITY_…
 */
export async function withStore<Answer>(
  parts: SyncLookParts,
  file: SyncPairsFile,
  ask: (store: AuditStore) => Promise<Answer>,
): Promise<Answer> {
  const dsn = await databaseAddress(parts, file);
  if (dsn === undefined) await parts.logFolders.confirm(file.logFolder);
  const store = openAuditStore({ dsn, logDir: file.logFolder, clock: parts.clock, readOnly: true });
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

/** Runs as the store has them, each with its conflicts. */
export async function withConflicts(store: AuditStore, runs: readonly SyncIteration[]): Promise<SyncRun[]> {
  const conflicts = await store.conflicts(runs.map(({ iteration_uid }) => iteration_uid));
  return runs.map((run) => ({ ...run, conflicts: conflicts.get(run.iteration_uid) ?? 0 }));
}

interface Direction {
  readonly pair: string;
  readonly direction: string;
}

export interface LastRuns {
  readonly store: SyncStoreState;
  /** The newest run and the newest dry run of each direction that has one. */
  readonly runs: readonly SyncRun[];
}

/** The last runs that the store knows, and how the store is; a store that does not answer is no failure of whoever looks. */
export async function lastRuns(
  parts: SyncLookParts,
  file: SyncPairsFile,
  directions: readonly Direction[],
): Promise<LastRuns> {
  let about: Pick<SyncStoreState, 'kind' | 'place'> = placeBefore(parts, file);
  try {
    return await withStore(parts, file, async (store) => {
      about = { ...about, place: store.description };
      const runs: SyncRun[] = [];
      for (const one of directions)
        for (const dryRun of [false, true])
          runs.push(...(await withConflicts(store, await store.iterations({ ...one, dryRun, limit: 1 }))));
      const isMade = about.kind === 'database' || (await isThere(join(file.logFolder, embeddedFileName)));
      return { store: { ...about, state: isMade ? 'reachable' : 'none' }, runs };
    });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return { store: { ...about, state: 'unreachable', problem: problem.toRecord() }, runs: [] };
  }
}

/** What can be said of the store before it was opened. */
function placeBefore(
  { environment }: SyncServiceParts,
  file: SyncPairsFile,
): Pick<SyncStoreState, 'kind' | 'place'> {
  if (file.databaseSecret !== undefined)
    return { kind: 'database', place: `the database of the secret ${file.databaseSecret}` };
  if (environment['HA_SYNC_DB_DSN']) return { kind: 'database', place: 'the database of HA_SYNC_DB_DSN' };
  return { kind: 'file', place: join(file.logFolder, embeddedFileName) };
}

async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
