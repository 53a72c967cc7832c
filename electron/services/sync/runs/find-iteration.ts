import { join } from 'node:path';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { SyncUndoRequest } from '../../../../shared/schemas/sync-commands.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { trashRecordSchema } from '../engine/intents.ts';
import { trashName } from '../engine/reserved-names.ts';
import { errorCode, failureText } from '../engine/system-words.ts';
import { notUnderstood } from '../engine/undo-plan.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { listOpslogs } from './opslog-files.ts';

/** The record of a run names each step that was not made: a million of them fit. Larger is none of ours. */
const mostBytes = 64 * 1024 * 1024;

/**
 * The run behind an id: from the trash of the side that is named, else from the logs that wait, else from the records, else from
 * the trash of the pair's sides. No database is needed but for the records. SYNC_ITERATION_UNKNOWN, saying what could not be
 * asked; SYNC_NOT_UNDOABLE, also for a run of another pair than the one that is named.
 */
export async function findIteration(request: SyncUndoRequest, store: AuditStore): Promise<SyncIteration> {
  const { iteration: uid, dest, pair } = request;
  const found = dest === undefined ? await withoutSide(request, store) : await ofSide(dest, uid);
  if (pair !== undefined && found.sync_pair !== pair) throw ofAnotherPair(found, pair);
  return found;
}

async function ofSide(dest: string, uid: string): Promise<SyncIteration> {
  const inTrash = await iterationInTrash(dest, uid);
  if (typeof inTrash === 'object') return inTrash;
  if (inTrash !== undefined)
    throw unknown(
      `Whether there was a run ${uid} cannot be looked up. ${inTrash}`,
      `See whether ${dest} is mounted and is yours to read, then undo the same run again.`,
    );
  throw unknown(
    `${dest} has no run ${uid} in its trash.`,
    'See whether it is mounted. If it is, its replaced versions may be older than the trash is kept.',
  );
}

async function withoutSide(request: SyncUndoRequest, store: AuditStore): Promise<SyncIteration> {
  const { iteration: uid, pair, sides } = request;
  const recorded = await inRecords(request, store);
  const known = recorded instanceof Problem ? undefined : recorded;
  if (known !== undefined && (known.sync_pair !== pair || sides?.includes(known.dest) !== false))
    return known;
  // A side may be mounted elsewhere than when it was changed.
  const unseen: string[] = [];
  for (const side of sides ?? []) {
    const inTrash = await iterationInTrash(side, uid);
    if (typeof inTrash === 'object') return inTrash;
    if (inTrash !== undefined) unseen.push(inTrash);
  }
  if (known !== undefined) throw ofOtherFolders(known, unseen);
  throw recorded instanceof Problem ? notAsked(request, recorded, unseen) : nowhere(request, unseen);
}

/** From the logs that wait, or from the store; a problem when neither has it and one of them cannot say. */
async function inRecords(
  { iteration: uid, logDir }: SyncUndoRequest,
  store: AuditStore,
): Promise<SyncIteration | Problem | undefined> {
  const waiting = await orProblem(async () => {
    const { opslogs } = await listOpslogs(logDir, {});
    return opslogs.find(({ iteration }) => iteration.iteration_uid === uid)?.iteration;
  });
  if (waiting !== undefined && !(waiting instanceof Problem)) return waiting;
  // Of another run, perhaps, is what could not be read in the log folder.
  return (await orProblem(() => store.iteration(uid))) ?? waiting;
}

async function orProblem<Found>(look: () => Promise<Found>): Promise<Found | Problem> {
  try {
    return await look();
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return problem;
  }
}

/**
 * As a run of that side, wherever it was; `undefined` when its trash has no such record, and in words why nobody can say it.
 * SYNC_NOT_UNDOABLE for one of which nothing can be made.
 */
async function iterationInTrash(dest: string, uid: string): Promise<SyncIteration | string | undefined> {
  let record: unknown;
  try {
    record = JSON.parse((await readPlainFile(join(dest, trashName, `${uid}.json`), { mostBytes })) ?? '');
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (systemErrorCode(error) !== undefined)
      return `The trash of ${dest} could not be looked at: ${failureText(errorCode(error))}`;
    throw notUnderstood(dest, uid);
  }
  const parsed = trashRecordSchema.safeParse(record);
  if (parsed.data?.iteration.iteration_uid !== uid) throw notUnderstood(dest, uid);
  return { ...parsed.data.iteration, dest };
}

function ofAnotherPair({ iteration_uid: uid, sync_pair: own }: SyncIteration, pair: string): Problem {
  return new Problem('SYNC_NOT_UNDOABLE', {
    what: `The run ${uid} is a run of the pair ${own}, and not of ${pair}.`,
    state: 'Nothing was changed.',
    next: `See whether it is the one you mean. If it is, name its own pair: --pair ${own}.`,
  });
}

function ofOtherFolders(
  { iteration_uid: uid, sync_pair: pair, dest }: SyncIteration,
  unseen: readonly string[],
): Problem {
  const what = `The run ${uid} changed ${dest}, which is none of the two sides that the pair ${pair} has here`;
  return new Problem('SYNC_NOT_UNDOABLE', {
    what:
      unseen.length === 0
        ? `${what}, and neither of these has it in its trash.`
        : [`${what}.`, ...unseen].join(' '),
    state: 'Nothing was changed.',
    next: 'See whether it is the one you mean. If it is, name the folder that it changed, as it is mounted now: --dest DIR.',
  });
}

function notAsked(
  { iteration: uid, pair, sides }: SyncUndoRequest,
  { data }: Problem,
  unseen: readonly string[],
): Problem {
  const what = `Whether there was a run ${uid} cannot be looked up. ${data.what}`;
  return sides === undefined
    ? unknown(
        what,
        'Name the side that the run changed with --dest: its trash knows the run without the database.',
      )
    : unknown(
        unseen.length === 0
          ? `${what} The trash of neither side of the pair ${pair ?? ''} has it.`
          : [what, ...unseen].join(' '),
        `${data.next} See whether both sides are mounted. If a side is mounted elsewhere now, name it with --dest DIR: its trash knows the run without the database.`,
      );
}

function nowhere({ iteration: uid, pair, sides }: SyncUndoRequest, unseen: readonly string[]): Problem {
  if (sides !== undefined && pair !== undefined)
    return unknown(
      unseen.length === 0
        ? `Neither a record nor the trash of a side of the pair ${pair} has a run ${uid}.`
        : [`No record has a run ${uid}.`, ...unseen].join(' '),
      `See \`sifaka sync status --pair ${pair}\`, whether the run had another log folder, which is named with --log-dir, and whether both sides are mounted.`,
    );
  return unknown(
    `No record has a run ${uid}.`,
    'See `sifaka sync status`, and whether --log-dir and the database are those of the run. With --dest DIR the trash of that side is asked.',
  );
}

function unknown(what: string, next: string): Problem {
  return new Problem('SYNC_ITERATION_UNKNOWN', { what, state: 'Nothing was changed.', next });
}
