import { join } from 'node:path';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { SyncUndoRequest } from '../../../../shared/schemas/sync-commands.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { trashRecordSchema } from '../engine/intents.ts';
import { trashName } from '../engine/reserved-names.ts';
import { notUnderstood } from '../engine/undo-plan.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { listOpslogs } from './opslog-files.ts';

/** The record of a run names each step that was not made: a million of them fit. Larger is none of ours. */
const mostBytes = 64 * 1024 * 1024;

/**
 * The run behind an id: from the trash of the side that is named, else from the records, else from the logs that wait. No
 * database is needed for the first and the last. SYNC_ITERATION_UNKNOWN, saying what could not be asked; SYNC_NOT_UNDOABLE.
 */
export async function findIteration(
  { iteration: uid, dest, logDir }: SyncUndoRequest,
  store: AuditStore,
): Promise<SyncIteration> {
  if (dest !== undefined) {
    const inTrash = await iterationInTrash(dest, uid);
    if (inTrash !== undefined) return { ...inTrash, dest };
    throw unknown(
      `${dest} has no run ${uid} in its trash.`,
      'Its replaced versions may be older than the trash is kept.',
    );
  }
  const { opslogs } = await listOpslogs(logDir, {});
  const waiting = opslogs.find(({ iteration }) => iteration.iteration_uid === uid);
  if (waiting !== undefined) return waiting.iteration;
  try {
    const stored = await store.iteration(uid);
    if (stored !== undefined) return stored;
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    throw unknown(
      `Whether there was a run ${uid} cannot be looked up. ${problem.data.what}`,
      'Name the side that the run changed with --dest: its trash knows the run without the database.',
    );
  }
  throw unknown(
    `No record has a run ${uid}.`,
    'See `sifaka sync status`, and whether --log-dir and the database are those of the run. With --dest DIR the trash of that side is asked.',
  );
}

/** `undefined` when the trash has no such record. SYNC_NOT_UNDOABLE for one of which nothing can be made. */
async function iterationInTrash(dest: string, uid: string): Promise<SyncIteration | undefined> {
  let record: unknown;
  try {
    record = JSON.parse((await readPlainFile(join(dest, trashName, `${uid}.json`), { mostBytes })) ?? '');
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return undefined;
    throw notUnderstood(dest, uid);
  }
  const parsed = trashRecordSchema.safeParse(record);
  if (parsed.data?.iteration.iteration_uid !== uid) throw notUnderstood(dest, uid);
  return parsed.data.iteration;
}

function unknown(what: string, next: string): Problem {
  return new Problem('SYNC_ITERATION_UNKNOWN', { what, state: 'Nothing was changed.', next });
}
