import {
  chmodSync,
  chownSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { ApplyThreadData, Order, Outcome } from './apply-step.ts';
import { ChangedMeanwhile, copyFile, tryChange } from './copy-file.ts';
import { copyLink } from './copy-link.ts';
import type { ByteName, Entry } from './entry.ts';
import { FolderChain, type NativePath, splitPath } from './folder-chain.ts';
import { giveFreeName, removeQuietly } from './give-free-name.ts';
import { isStill, lookAt } from './look-at.ts';
import { systemTime } from './system-time.ts';
import { errorCode, isFull, notAsWritten } from './system-words.ts';
import { isTemporary } from './temporaries.ts';
import { ThreadControl } from './thread-control.ts';
import { Trash } from './trash.ts';

type Done = { readonly after?: Entry; readonly trashed?: number };

/** Given up because somebody said so, not because it failed. */
class Stopped extends Error {}
/** A folder that cannot be removed because something is in it. */
class NotEmpty extends Error {}
/** It was given its name, and what is read back is something else. */
class NotAsWritten extends Error {
  readonly trashed: number | undefined;

  constructor(trashed: number | undefined) {
    super('not as written');
    this.trashed = trashed;
  }
}

/** Carries out orders, one after the other, with system calls that wait: it runs in a thread. */
export class ApplyOrders {
  readonly #data: ApplyThreadData;
  readonly #control: ThreadControl;
  readonly #source: FolderChain;
  readonly #destination: FolderChain;
  readonly #froms: FolderChain;
  readonly #trashFolders: FolderChain;
  readonly #trash: Trash;
  readonly #withoutClones = new Set<number>();

  constructor(data: ApplyThreadData) {
    this.#data = data;
    this.#control = new ThreadControl(data.deadline, data.control);
    this.#source = new FolderChain(data.source);
    this.#destination = new FolderChain(data.destination);
    this.#froms = new FolderChain(data.destination);
    this.#trashFolders = new FolderChain(data.destination);
    this.#trash = new Trash(this.#trashFolders, data.iteration);
  }

  /** Every folder is found from the root again: what was held open may have been moved away since the last call. */
  run(orders: readonly Order[]): Outcome[] {
    for (const chain of this.#chains) chain.reset();
    return orders.map((order) => this.#outcome(order));
  }

  close(): void {
    for (const chain of this.#chains) chain.close();
  }

  #outcome(order: Order): Outcome {
    const started = Date.now();
    try {
      const done = this.#carryOut(order);
      return { result: 'done', started, ended: Date.now(), ...done };
    } catch (error) {
      const times = { started, ended: Date.now() };
      if (error instanceof Stopped) return { result: 'stopped', ...times };
      if (error instanceof NotEmpty) return { result: 'kept', ...times };
      if (error instanceof ChangedMeanwhile) return { result: 'changed', copied: error.copied, ...times };
      if (error instanceof NotAsWritten) {
        const trashed = error.trashed === undefined ? {} : { trashed: error.trashed };
        return { result: 'failed', code: notAsWritten, full: false, ...trashed, ...times };
      }
      const full = isFull(error);
      // Whoever takes something away, or sets a time, needs no room that a copy would need.
      if (full && order.do !== 'discard' && order.do !== 'align') this.#control.stop('full');
      return { result: 'failed', code: errorCode(error), full, ...times };
    }
  }

  #carryOut(order: Order): Done {
    if (order.do === 'discard') return this.#discard(order);
    if (order.do === 'copy') {
      if (this.#control.stopped !== 'none') throw new Stopped();
      return { after: this.#copy(order) };
    }
    if (!this.#control.mayChange) throw new Stopped();
    if (order.do === 'place') return this.#place(order);
    if (order.do === 'remove' || order.do === 'remove-folder') {
      if (order.missingAtSource) this.#confirmMissing(order.path);
      return order.do === 'remove' ? this.#remove(order) : this.#removeFolder(order);
    }
    if (order.do === 'make-folder') return this.#makeFolder(order);
    return order.do === 'align' ? this.#align(order) : this.#finishFolder(order);
  }

  #copy({ path, temporary, source }: Order & { do: 'copy' }): Entry {
    const from = splitPath(path);
    const to = this.#live(path, temporary);
    const input = changedIfGone(() => this.#source.folder(from.folder)).at(from.name);
    const steadyInodes = this.#data.steadyInodes.source;
    if (source.kind === 'link') return copyLink(input, to, source, { steadyInodes });
    return copyFile(input, to, source, {
      steadyInodes,
      syncEach: this.#data.syncEach,
      withoutClones: this.#withoutClones,
      goOn: () => {
        if (this.#control.stopped !== 'none') throw new Stopped();
      },
    });
  }

  #discard({ path, temporary }: Order & { do: 'discard' }): Done {
    removeIfThere(this.#live(path, temporary));
    return {};
  }

  #place(order: Order & { do: 'place' }): Done {
    const live = this.#live(order.path);
    const from = this.#from(order);
    let trashed: number | undefined;
    try {
      if (order.before) trashed = this.#replace(order, order.before, { from, live });
      else giveFreeName(from, live);
    } catch (error) {
      // Whatever lies in a trash stays there.
      if (isTemporary(order.from)) removeQuietly(from);
      throw error;
    }
    const after = lookAt(live);
    if (!after || !isStill(order.made, after, this.#here)) throw new NotAsWritten(trashed);
    return trashed === undefined ? { after } : { after, trashed };
  }

  /** The live name is never missing, except where a folder has to make room or the file system has no second names. */
  #replace(
    { path, made }: Order & { do: 'place' },
    before: Entry,
    { from, live }: { readonly from: NativePath; readonly live: NativePath },
  ): number {
    if (!isStill(before, lookAt(live), this.#here)) throw new ChangedMeanwhile();
    const request = { path, live, expected: before, ...this.#here };
    // A folder is given only a free name.
    const kept = made.kind === 'folder' ? this.#trash.take(request) : this.#trash.keep(request);
    try {
      renameSync(from, live);
    } catch (error) {
      this.#trash.giveBack(path, live, kept);
      throw error;
    }
    return kept.layer;
  }

  /** A plan may be an hour old. What cannot be looked at is not missing: the system's error. */
  #confirmMissing(path: ByteName): void {
    const { folder, name } = splitPath(path);
    let there: Entry | undefined;
    try {
      there = lookAt(this.#source.folder(folder).at(name));
    } catch (error) {
      if (!isNoFolder(error)) throw error;
    }
    if (there) throw new ChangedMeanwhile();
  }

  #remove({ path, before }: Order & { do: 'remove' }): Done {
    const live = this.#live(path);
    if (!isStill(before, lookAt(live), this.#here)) throw new ChangedMeanwhile();
    return { trashed: this.#trash.take({ path, live, expected: before, ...this.#here }).layer };
  }

  #removeFolder({ path }: Order & { do: 'remove-folder' }): Done {
    try {
      rmdirSync(this.#live(path));
      return {};
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw new NotEmpty();
      if (code === 'ENOENT' || code === 'ENOTDIR') throw new ChangedMeanwhile();
      throw error;
    }
  }

  /** Until it is finished, its owner may write in it, whatever the source's mode says. */
  #makeFolder({ path, source, before }: Order & { do: 'make-folder' }): Done {
    const live = this.#live(path);
    let kept: ReturnType<Trash['take']> | undefined;
    if (before) {
      if (!isStill(before, lookAt(live), this.#here)) throw new ChangedMeanwhile();
      kept = this.#trash.take({ path, live, expected: before, ...this.#here });
    }
    try {
      mkdirSync(live, folderModeAtFirst(source));
      // At once: a pass that is stopped must not leave it to whoever ran it.
      tryChange(() => lchownSync(live, source.uid, source.gid));
    } catch (error) {
      if (kept) this.#trash.giveBack(path, live, kept);
      if (systemErrorCode(error) === 'EEXIST') throw new ChangedMeanwhile();
      throw error;
    }
    const after = lookAt(live);
    return { ...(after && { after }), ...(kept && { trashed: kept.layer }) };
  }

  /** As an open folder: none of these calls may follow a link that has taken its name. */
  #finishFolder({ path, source, left }: Order & { do: 'finish-folder' }): Done {
    const { self } = changedIfGone(() => this.#destination.folder(path));
    if (left && !isAsMade(source, lookAt(self))) throw new ChangedMeanwhile();
    const owned = tryChange(() => chownSync(self, source.uid, source.gid));
    tryChange(() => chmodSync(self, source.mode & (owned ? 0o7777 : 0o777)));
    utimesSync(self, systemTime(Date.now()), systemTime(source.mtimeMs));
    return {};
  }

  /** By its name and not through a link; the file need not be readable for that. */
  #align({ path, source, before }: Order & { do: 'align' }): Done {
    const live = this.#live(path);
    if (!isStill(before, lookAt(live), this.#here)) throw new ChangedMeanwhile();
    lutimesSync(live, systemTime(Date.now()), systemTime(source.mtimeMs));
    const after = lookAt(live);
    return after ? { after } : {};
  }

  get #chains(): readonly FolderChain[] {
    return [this.#source, this.#destination, this.#froms, this.#trashFolders];
  }

  get #here(): { readonly steadyInodes: boolean } {
    return { steadyInodes: this.#data.steadyInodes.destination };
  }

  /** A temporary lies in the folder of what it will become, which is open already. */
  #from({ path, from }: Order & { do: 'place' }): NativePath {
    const parts = splitPath(from);
    if (parts.folder === splitPath(path).folder) return this.#live(path, parts.name);
    return changedIfGone(() => this.#froms.folder(parts.folder)).at(parts.name);
  }

  /** A name in the folder of a path: the path's own unless another is given. */
  #live(path: ByteName, name?: ByteName): NativePath {
    const parts = splitPath(path);
    return changedIfGone(() => this.#destination.folder(parts.folder)).at(name ?? parts.name);
  }
}

function folderModeAtFirst({ mode }: Pick<Entry, 'mode'>): number {
  return (mode & 0o777) | 0o700;
}

/** It has the mode that it was made with, or already the one that it was to get. */
function isAsMade(source: Entry, now: Entry | undefined): boolean {
  const made = folderModeAtFirst(source);
  const modes = [made, made & ~umaskNow(), source.mode & 0o777];
  return now !== undefined && modes.includes(now.mode & 0o777);
}

/** Node tells it by setting it twice (DEP0139): what another thread makes in between would have none. Linux says it by itself. */
function umaskNow(): number {
  if (process.platform !== 'linux') return process.umask();
  const [, mask = '0'] = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number.parseInt(mask, 8);
}

function removeIfThere(path: NativePath): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function changedIfGone<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw isNoFolder(error) ? new ChangedMeanwhile() : error;
  }
}

function isNoFolder(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '');
}
