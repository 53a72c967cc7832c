import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import type { SyncIteration, SyncNotice } from '../../../../shared/schemas/sync-record.ts';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { rootTrouble } from './apply-problems.ts';
import type { ByteName, Entry } from './entry.ts';
import { FolderChain, splitPath } from './folder-chain.ts';
import { type Intent, readIntents, readTrashRecords, unusableLines, unusableRecord } from './intents.ts';
import { isStill, lookAt } from './look-at.ts';
import type { Root } from './open-roots.ts';
import { trashName } from './reserved-names.ts';
import { stepOf } from './rows.ts';
import { shownPath } from './shown-path.ts';
import { hasSteadyInodes } from './steady-inodes.ts';
import type { PlannedOperation } from './sync-plan.ts';
import { Trash } from './trash.ts';

/** One change that takes a change back. */
export interface UndoStep {
  /** What is there now is its destination, and what will be there its source. */
  readonly planned: PlannedOperation;
  readonly uid: string;
  /** Where in the trash the earlier version lies: a path below the root. */
  readonly from?: ByteName;
}

export interface UndoPlan {
  /** The one that is taken back. */
  readonly iteration: SyncIteration;
  /** In the order in which they are made: the last change is taken back first. */
  readonly steps: readonly UndoStep[];
  /** What is not as that iteration left it, and so stays as it is. */
  readonly skipped: readonly SyncNotice[];
  /** What is left alone of its records because nothing can be made of it, in words. */
  readonly notUsable: string | undefined;
  /** New files that are taken away and come again with the next run, as long as the other side has them. */
  readonly comeAgain: number;
}

/**
 * What is to be done to take an iteration back, from its own records in the trash and from what lies there now. Nothing is
 * changed. SYNC_ITERATION_UNKNOWN; SYNC_NOT_UNDOABLE for one that was cut off and not reconciled yet, or whose record nothing
 * can be made of.
 */
export function planUndo(root: Pick<Root, 'path'>, iterationUid: string): UndoPlan {
  try {
    return plannedUndo(root.path, iterationUid);
  } catch (error) {
    throw rootTrouble(error, root.path);
  }
}

function plannedUndo(root: string, iterationUid: string): UndoPlan {
  const { records, unusable } = readTrashRecords(root);
  if (unusable.includes(iterationUid)) throw notUnderstood(root, iterationUid);
  const record = records.find(({ iteration }) => iteration.iteration_uid === iterationUid);
  if (!record) throw unknownIteration(root, iterationUid);
  if (!record.finished) throw cutOff(iterationUid);
  const planner = new UndoPlanner(root, iterationUid);
  let notUsable: string | undefined;
  try {
    const notDone = new Set(record.notDone);
    const intents = readIntents(root, iterationUid, 'last-to-first', (lines) => {
      notUsable = unusableLines(root, iterationUid, lines);
    });
    for (const intent of intents) {
      if (!notDone.has(intent.uid)) planner.take(intent);
    }
  } finally {
    planner.close();
  }
  return {
    iteration: record.iteration,
    steps: planner.steps,
    skipped: planner.skipped,
    notUsable,
    comeAgain: planner.comeAgain,
  };
}

class UndoPlanner {
  readonly steps: UndoStep[] = [];
  readonly skipped: SyncNotice[] = [];
  comeAgain = 0;
  readonly #then = new Map<ByteName, Entry | undefined>();
  readonly #folders: FolderChain;
  readonly #trashFolders: FolderChain;
  readonly #trash: Trash;
  readonly #here: { readonly steadyInodes: boolean };

  constructor(root: string, iteration: string) {
    this.#folders = new FolderChain(root);
    this.#trashFolders = new FolderChain(root);
    this.#trash = new Trash(this.#trashFolders, iteration);
    this.#here = { steadyInodes: hasSteadyInodes(root) };
  }

  close(): void {
    this.#folders.close();
    this.#trashFolders.close();
  }

  take(intent: Intent): void {
    const now = this.#now(intent.path);
    if (intent.kind === 'folder' && intent.operation === 'delete') this.#folderAgain(intent, now);
    else if (intent.kind === 'folder' && intent.from === null) this.#folderAway(intent, now);
    else if (intent.operation === 'delete') this.#again(intent, now);
    else this.#back(intent, now);
  }

  /** A folder that was removed. */
  #folderAgain(intent: Intent, now: Entry | undefined): void {
    const { destination } = stepOf(intent).planned;
    if (!now && destination) {
      // What a line lacks is as one would make a folder for oneself alone: that can be widened later, and shows nobody anything.
      const { mode = 0o700, uid = process.geteuid?.(), gid = process.getegid?.() } = intent.before ?? {};
      const source = { ...destination, mode, uid: uid ?? 0, gid: gid ?? 0 };
      this.#add({ operation: 'create', kind: 'folder', path: intent.path, source });
    } else if (now && now.kind !== 'folder') this.#skip(intent, 'Something else has taken its name.');
  }

  /** A folder that was made, and the file it took the place of. */
  #folderAway(intent: Intent, now: Entry | undefined): void {
    if (now?.kind === 'folder') {
      this.#add({ operation: 'delete', kind: 'folder', path: intent.path, destination: now });
    } else if (now) return;
    const earlier = intent.before && this.#trash.find(intent.path, intent.before, this.#here);
    if (!earlier) return;
    const kind = earlier.entry.kind === 'link' ? 'link' : 'file';
    this.#add({ operation: 'create', kind, path: intent.path, source: earlier.entry }, earlier.path);
  }

  /** A file or link that was deleted. */
  #again(intent: Intent, now: Entry | undefined): void {
    const earlier = intent.before && this.#trash.find(intent.path, intent.before, this.#here);
    if (!earlier) {
      if (!now) this.#skip(intent, 'It is not in the trash any more.');
    } else if (now) this.#skip(intent, 'There is a new one under its name.');
    else
      this.#add(
        { operation: 'create', kind: intent.kind, path: intent.path, source: earlier.entry },
        earlier.path,
      );
  }

  /** A file or link, or a whole folder out of a trash, that was put where something else or nothing was. */
  #back(intent: Intent, now: Entry | undefined): void {
    const { path, kind, before, after } = intent;
    if (!now || (before && isStill(before, now, this.#here))) return;
    if (!after || !isStill(after, now, this.#here)) {
      this.#skip(intent, 'It is not as that run left it: it was changed since, or is put back already.');
      return;
    }
    if (!before) {
      this.comeAgain += 1;
      this.#add({ operation: 'delete', kind, path, destination: now });
      return;
    }
    const earlier = this.#trash.find(path, before, this.#here);
    if (!earlier || earlier.entry.kind === 'special')
      this.#skip(intent, 'Its earlier version is not in the trash any more.');
    else
      this.#add(
        { operation: 'update', kind: earlier.entry.kind, path, source: earlier.entry, destination: now },
        earlier.path,
      );
  }

  #add(planned: Omit<PlannedOperation, 'reason' | 'conflict'>, from?: ByteName): void {
    this.#then.set(planned.path, planned.source);
    this.steps.push({
      planned: { ...planned, reason: 'undo', conflict: false },
      uid: randomUUID(),
      ...(from !== undefined && { from }),
    });
  }

  #skip(intent: Intent, why: string): void {
    const filepath = shownPath(intent);
    this.skipped.push({ kind: 'changed-meanwhile', filepath, text: `${why} It was left as it is.` });
  }

  /** What will be there after the steps so far. */
  #now(path: ByteName): Entry | undefined {
    if (this.#then.has(path)) return this.#then.get(path);
    const { folder, name } = splitPath(path);
    try {
      return lookAt(this.#folders.folder(folder).at(name));
    } catch (error) {
      if (isMissing(error) || systemErrorCode(error) === 'ELOOP') return undefined;
      throw error;
    }
  }
}

function unknownIteration(root: string, iteration: string): Problem {
  return new Problem('SYNC_ITERATION_UNKNOWN', {
    what: `The trash of ${root} has no iteration ${iteration}.`,
    state: 'Nothing was changed.',
    next: 'Look for it in the list of iterations: one that changed nothing, or that is older than the trash is kept, cannot be undone.',
  });
}

/** Of a root whose trash has the iteration, by a record that cannot be read. */
export function notUnderstood(root: string, iteration: string): Problem {
  return new Problem('SYNC_NOT_UNDOABLE', {
    what: unusableRecord(root, iteration),
    state: 'Nothing was changed.',
    next: `Take what you need out of ${join(root, trashName, iteration)} by hand: it has the replaced and deleted files under their paths. If a newer version of Sifaka made the run, let that one take it back.`,
  });
}

function cutOff(iteration: string): Problem {
  return new Problem('SYNC_NOT_UNDOABLE', {
    what: `Iteration ${iteration} was cut off, and what it left was not looked at yet.`,
    state: 'Nothing was changed.',
    next: 'Run the pair once in the same direction, then undo it.',
  });
}
