import { unlinkSync } from 'node:fs';
import type { SyncIteration, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { rootTrouble } from './apply-problems.ts';
import type { Outcome } from './apply-step.ts';
import { FolderChain, type NativePath, splitPath } from './folder-chain.ts';
import { removeQuietly } from './give-free-name.ts';
import {
  finishRecord,
  type Intent,
  readIntents,
  readTrashRecords,
  type SeenEntry,
  type TrashRecord,
  unreadLinesOf,
  unusableRecord,
} from './intents.ts';
import { makesFolderAnew } from './left-folders.ts';
import { isStill, lookAt } from './look-at.ts';
import type { Root } from './open-roots.ts';
import { rowOf, stepOf } from './rows.ts';
import { hasSteadyInodes } from './steady-inodes.ts';
import { isTemporary } from './temporaries.ts';
import { putBack, Trash } from './trash.ts';

/** Rows in one piece: there may be a million of them. */
const pieceRows = 1000;

/** An iteration that was killed on a root. */
export interface KilledRun {
  readonly iteration: SyncIteration;
  /**
   * Ends or takes back what was half made, and answers what had been done, with the ids that it was to be recorded by: adding
   * rows again adds nothing, and so does asking again. SYNC_INCOMPLETE for whatever the system says.
   */
  settle(): Generator<readonly SyncOperation[]>;
  /** Reads its intents and changes nothing, for whoever must not settle it: from then on `notUsable` is known. SYNC_INCOMPLETE. */
  lookThrough(): void;
  /**
   * That a part of its intents cannot be understood, in words; known once it is settled. What that part speaks of is left as
   * it is, and so this side may lack what nobody deleted.
   */
  readonly notUsable: string | undefined;
  /** Whether it made folders that are still there; known once it is settled. */
  readonly leftFolders: boolean;
  /** When all of it is settled and its rows are durable: from then on it is not one that was killed. SYNC_INCOMPLETE. */
  finish(): void;
}

/**
 * The iterations that were killed on this root, whose intents nobody has looked through since: a change that was half made is
 * to be ended or taken back, so that no live name is missing and the trash holds only what was replaced. Nothing is changed
 * before they are settled, which is done under the pair's lock. `unusable` says in words of which iterations it cannot be told
 * whether they were killed, or what they left half done when they were; `foldersLeft` are those whose
 * folders still wait for their modes and times. SYNC_INCOMPLETE for whatever the system says.
 */
export function killedRuns(
  { path }: Pick<Root, 'path'>,
  { pair }: { readonly pair: string },
): {
  readonly runs: readonly KilledRun[];
  readonly unusable: readonly string[];
  readonly foldersLeft: readonly string[];
} {
  const { records, unusable } = blamed(path, () => readTrashRecords(path));
  const own = records.filter(({ iteration }) => iteration.sync_pair === pair);
  const inPart = own.flatMap(({ iteration: { iteration_uid: uid }, finished, unreadLines }) =>
    finished && unreadLines !== undefined ? [unreadLinesOf(path, uid, unreadLines)] : [],
  );
  return {
    runs: own.filter(({ finished }) => !finished).map((record) => killedRun(path, record)),
    unusable: [...unusable.map((iteration) => unusableRecord(path, iteration)), ...inPart],
    foldersLeft: own
      .filter(({ finished, foldersLeft }) => finished && foldersLeft)
      .map(({ iteration }) => iteration.iteration_uid),
  };
}

function killedRun(root: string, record: TrashRecord): KilledRun {
  const { iteration } = record;
  const notDone = new Set<string>();
  const { iteration_uid: uid } = iteration;
  let unread = 0;
  let leftFolders = false;
  const count = (lines: number): void => {
    unread = lines;
  };
  const folderIsThere = (): void => {
    leftFolders = true;
  };
  return {
    iteration,
    lookThrough() {
      blamed(root, () => {
        const intents = readIntents(root, uid, 'first-to-last', count);
        while (!intents.next().done);
      });
    },
    get notUsable() {
      return unread === 0 ? undefined : unreadLinesOf(root, uid, unread);
    },
    get leftFolders() {
      return leftFolders;
    },
    *settle() {
      unread = 0;
      try {
        yield* settleAll({ root, iteration: uid, notDone, notUsable: count, folderIsThere });
      } catch (error) {
        throw rootTrouble(error, root);
      }
    },
    finish() {
      const more = {
        ...(unread > 0 && { unreadLines: unread }),
        ...(leftFolders && ({ foldersLeft: true } as const)),
      };
      blamed(root, () => finishRecord(root, record, { notDone: [...notDone], ...more }));
    },
  };
}

function* settleAll({
  root,
  iteration,
  notDone,
  notUsable,
  folderIsThere,
}: {
  readonly root: string;
  readonly iteration: string;
  /** Filled in here. */
  readonly notDone: Set<string>;
  readonly notUsable: (lines: number) => void;
  readonly folderIsThere: () => void;
}): Generator<readonly SyncOperation[]> {
  let piece: SyncOperation[] = [];
  const settle = new Settle(root, iteration);
  try {
    for (const intent of readIntents(root, iteration, 'first-to-last', notUsable)) {
      const done = settle.one(intent);
      const times = { started: intent.started, ended: intent.started };
      const outcome: Outcome = { result: 'done', ...times, ...(done?.trashed && { trashed: 0 }) };
      const row = done && rowOf(stepOf(intent), iteration, outcome);
      if (done && makesFolderAnew(intent)) folderIsThere();
      if (row) piece.push(row);
      else notDone.add(intent.uid);
      if (piece.length < pieceRows) continue;
      yield piece;
      piece = [];
    }
    if (piece.length > 0) yield piece;
  } finally {
    settle.close();
  }
}

function blamed<Answer>(root: string, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    throw rootTrouble(error, root);
  }
}

interface Settled {
  readonly trashed: boolean;
}

class Settle {
  readonly #folders: FolderChain;
  readonly #froms: FolderChain;
  readonly #trashFolders: FolderChain;
  readonly #trash: Trash;
  readonly #here: { readonly steadyInodes: boolean };

  constructor(root: string, iteration: string) {
    this.#folders = new FolderChain(root);
    this.#froms = new FolderChain(root);
    this.#trashFolders = new FolderChain(root);
    this.#trash = new Trash(this.#trashFolders, iteration);
    this.#here = { steadyInodes: hasSteadyInodes(root) };
  }

  close(): void {
    for (const chain of [this.#folders, this.#froms, this.#trashFolders]) chain.close();
  }

  /** Whether it was carried out; what was not is as if it had never been begun. */
  one(intent: Intent): Settled | undefined {
    const live = this.#at(this.#folders, intent.path);
    const kept = intent.before && this.#trash.find(intent.path, intent.before, this.#here);
    // Without its folder it was removed later, and by somebody else, or never made.
    if (live === undefined) return kept ? { trashed: true } : undefined;
    if (intent.operation === 'delete') return this.#removal(intent, live, kept?.at);
    return intent.kind === 'folder' ? this.#newFolder(live, kept?.at) : this.#newFile(intent, live, kept?.at);
  }

  #removal(intent: Intent, live: NativePath, kept: NativePath | undefined): Settled | undefined {
    if (intent.kind === 'folder') return lookAt(live) ? undefined : { trashed: false };
    return kept === undefined ? undefined : { trashed: true };
  }

  #newFolder(live: NativePath, kept: NativePath | undefined): Settled | undefined {
    const now = lookAt(live);
    // Its mode and time come once all is in it: with the mode of a folder that is only to be read, nothing more could come.
    if (now?.kind === 'folder') return { trashed: kept !== undefined };
    if (!now && kept !== undefined) putBack(kept, live);
    return undefined;
  }

  #newFile(intent: Intent, live: NativePath, kept: NativePath | undefined): Settled | undefined {
    const now = lookAt(live);
    const from = intent.from === null ? undefined : this.#at(this.#froms, intent.from);
    const ownTemporary = intent.from !== null && isTemporary(intent.from);
    if (this.#is(intent.after, now)) {
      // Its temporary may be a second name of it.
      if (from !== undefined && ownTemporary) removeQuietly(from);
      return { trashed: kept !== undefined };
    }
    const waiting = from !== undefined && this.#is(intent.after, lookAt(from));
    if (waiting && !now && kept !== undefined) putBack(kept, live);
    // A second name of what is still live.
    const unchanged = this.#is(intent.before, now);
    if (unchanged && kept !== undefined && this.#here.steadyInodes) unlinkSync(kept);
    if (waiting && ownTemporary) removeQuietly(from);
    // It was given its name, and somebody has changed it since.
    return !waiting && !unchanged && kept !== undefined ? { trashed: true } : undefined;
  }

  #is(seen: SeenEntry | null, now: ReturnType<typeof lookAt>): boolean {
    return seen !== null && isStill(seen, now, this.#here);
  }

  #at(chain: FolderChain, path: string): NativePath | undefined {
    const { folder, name } = splitPath(path);
    try {
      return chain.folder(folder).at(name);
    } catch (error) {
      if (isMissing(error) || systemErrorCode(error) === 'ELOOP') return undefined;
      throw error;
    }
  }
}
