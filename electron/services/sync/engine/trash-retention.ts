import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { formatQuantity } from '../../../../shared/quantities.ts';
import { isMissing } from '../../durable/system-error.ts';
import { rootTrouble } from './apply-problems.ts';
import { below } from './byte-names.ts';
import type { ByteName } from './entry.ts';
import { FolderChain } from './folder-chain.ts';
import { readTrashRecords, type TrashRecord } from './intents.ts';
import type { Root } from './open-roots.ts';
import { trashName } from './reserved-names.ts';
import { TrashAges } from './trash-ages.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Of the days that are kept, what a single pause between two runs can be: a clock that jumps ahead costs no more. */
const pausePart = 1 / 4;
/** Beyond it one of the two clocks is wrong. */
const mostClockDifferenceMs = 5 * 60_000;
/** After so many a timer or a renewal of the lock may run. */
const removedAtOnce = 256;

/**
 * The iterations that a root has a trash of, the newest first: what can still be undone. One whose record is damaged is not
 * among them, and so is never removed. SYNC_INCOMPLETE for whatever the system says.
 */
export function listTrash(root: Pick<Root, 'path'>): TrashRecord[] {
  try {
    return readTrashRecords(root.path).records.toSorted((one, other) =>
      other.iteration.started_at.localeCompare(one.iteration.started_at),
    );
  } catch (error) {
    throw rootTrouble(error, root.path);
  }
}

export interface Pruned {
  /** Iterations that were removed. */
  readonly removed: readonly string[];
  /** Why nothing could be, in words. */
  readonly refused?: string;
}

export interface PruneRequest {
  /** 0 keeps none. */
  readonly retainDays: number;
  readonly now: Date;
  readonly pair: string;
  /** The run was stopped, or its lock is lost: nothing more is removed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes the trash of iterations that are older than `retainDays`. One that was cut off stays until it was reconciled, and
 * always when a part of its intents cannot be understood: its trash may hold what is missing by now. To be called under the
 * pair's lock. SYNC_INCOMPLETE; what is left is removed the next time.
 *
 * A clock that is wrong, for however long, must not cost what can be undone. So days are those that passed between runs
 * (TrashAges), and the newest iteration of each direction stays always. With 0 days nothing is asked of the clock: everything
 * goes.
 */
export async function pruneTrash(
  root: Pick<Root, 'path' | 'abilities'>,
  { retainDays, now, pair, signal }: PruneRequest,
): Promise<Pruned> {
  const { clockAheadMs } = root.abilities;
  if (retainDays > 0 && Math.abs(clockAheadMs) > mostClockDifferenceMs)
    return { removed: [], refused: clocksDiffer(root.path, clockAheadMs) };
  const own = listTrash(root).filter(
    ({ finished, unreadLines, iteration }) =>
      finished && unreadLines === undefined && iteration.sync_pair === pair,
  );
  const removed: string[] = [];
  const folders = new FolderChain(root.path);
  try {
    const doomed = retainDays === 0 ? own : tooOld(root.path, own, { retainDays, now });
    if (doomed.length === 0) return { removed };
    const removal = new Removal(folders, signal);
    for (const { iteration } of doomed) {
      await removal.iteration(iteration.iteration_uid);
      removed.push(iteration.iteration_uid);
    }
    return { removed };
  } catch (error) {
    if (signal?.aborted) return { removed };
    throw rootTrouble(error, root.path);
  } finally {
    folders.close();
  }
}

/** The newest first, as they are given. */
function tooOld(
  root: string,
  records: readonly TrashRecord[],
  { retainDays, now }: { readonly retainDays: number; readonly now: Date },
): TrashRecord[] {
  if (records.length === 0) return [];
  const retain = retainDays * dayMs;
  const newest = new Set<string>();
  const ages = new TrashAges(root, { now, longestPause: retain * pausePart, settling: retain });
  try {
    const doomed = records.filter(({ iteration: { iteration_uid: uid, direction } }) => {
      const isOld = ages.of(uid) >= retain;
      const isNewest = !newest.has(direction);
      newest.add(direction);
      return isOld && !isNewest;
    });
    // Of what cannot be removed now it is still known how old it is.
    ages.save();
    return doomed;
  } finally {
    ages.close();
  }
}

function clocksDiffer(root: string, aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  return `Old versions in the trash of ${root} were kept: its clock is ${formatQuantity(minutes, 'minute')} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine, so their age is not certain.`;
}

/** Takes iterations away with everything in them, never through a link. */
class Removal {
  readonly #folders: FolderChain;
  readonly #signal: AbortSignal | undefined;
  /** By iteration, what of the trash is its own. Listed once: there may be thousands. */
  readonly #foldersOf: ReadonlyMap<string, readonly ByteName[]>;
  #removed = 0;

  constructor(folders: FolderChain, signal: AbortSignal | undefined) {
    this.#folders = folders;
    this.#signal = signal;
    const names = readdirSync(folders.folder(trashName).self, { encoding: 'latin1' });
    this.#foldersOf = Map.groupBy(names, (name) => name.split('+', 1)[0] ?? name);
  }

  /** Its record goes last: as long as that is there, the rest is looked for. */
  async iteration(uid: string): Promise<void> {
    await this.#letOthersRun();
    this.#folders.reset();
    try {
      for (const name of this.#foldersOf.get(uid) ?? []) await this.#all(below(trashName, name));
      for (const name of [`${uid}.jsonl`, `${uid}.json`]) {
        const file = this.#folders.folder(trashName).at(name);
        if (lstatSync(file, { throwIfNoEntry: false })) unlinkSync(file);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async #all(folder: ByteName): Promise<void> {
    const { self } = this.#folders.folder(folder);
    if ((lstatSync(self).mode & 0o700) !== 0o700) chmodSync(self, 0o700);
    for (const name of readdirSync(self, { encoding: 'latin1' })) {
      const path = below(folder, name);
      // Asked for again: what was open may be another folder by now.
      if (lstatSync(this.#folders.folder(folder).at(name)).isDirectory()) await this.#all(path);
      else unlinkSync(this.#folders.folder(folder).at(name));
      this.#removed += 1;
      if (this.#removed % removedAtOnce === 0) await this.#letOthersRun();
    }
    const slash = folder.lastIndexOf('/');
    rmdirSync(this.#folders.folder(folder.slice(0, slash)).at(folder.slice(slash + 1)));
  }

  /** Throws when nothing more is to be removed. */
  async #letOthersRun(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
  }
}
