import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { below } from './byte-names.ts';
import { ChangedMeanwhile } from './copy-file.ts';
import type { ByteName, Entry } from './entry.ts';
import { type FolderChain, type NativePath, splitPath } from './folder-chain.ts';
import { isStill, lookAt, type Seen } from './look-at.ts';
import { trashName } from './reserved-names.ts';

/** What lies there may have been readable for few; a link to it must not be. */
export const trashMode = 0o700;
/** What file systems without second names answer: FAT, exFAT, some network shares; EPERM also for a file of somebody else. */
export const noSecondNames = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'];
/** Beside an iteration's folder, for what comes a second time under the same path. */
const mostLayers = 10;

/** Where an iteration keeps the losers, each under its own path. */
function trashFolder(iteration: string, layer = 0): ByteName {
  return `${trashName}/${iteration}${layer === 0 ? '' : `+${layer}`}`;
}

export interface Kept {
  readonly layer: number;
  /** Whether the live name is still there, too: it is a second name of what lies in the trash. */
  readonly live: boolean;
}

export interface KeepRequest {
  readonly path: ByteName;
  readonly live: NativePath;
  readonly expected: Entry;
  readonly steadyInodes: boolean;
}

export interface Found {
  /** Relative to the root. */
  readonly path: ByteName;
  readonly at: NativePath;
  readonly entry: Entry;
}

/** The trash of one iteration below one root. */
export class Trash {
  readonly #folders: FolderChain;
  readonly #iteration: string;

  constructor(folders: FolderChain, iteration: string) {
    this.#folders = folders;
    this.#iteration = iteration;
  }

  /** Gives what is live a second name in the trash; where that cannot be, moves it there. ChangedMeanwhile when it was another. */
  keep(request: KeepRequest): Kept {
    if (request.expected.kind === 'folder') return this.take(request);
    const { layer, name } = this.#freeName(request.path);
    try {
      linkSync(request.live, name);
    } catch (error) {
      if (noSecondNames.includes(systemErrorCode(error) ?? '')) return this.take(request);
      throw changedIfGone(error);
    }
    if (!isStill(request.expected, lookAt(name), request)) {
      // A second name of whatever is live: taking it away takes nothing from anybody.
      unlinkSync(name);
      throw new ChangedMeanwhile();
    }
    return { layer, live: true };
  }

  /** Moves what is live into the trash, and back again when it is not what was expected. */
  take(request: KeepRequest): Kept {
    const { layer, name } = this.#freeName(request.path);
    try {
      renameSync(request.live, name);
    } catch (error) {
      throw changedIfGone(error);
    }
    if (!isStill(request.expected, lookAt(name), request)) {
      putBack(name, request.live);
      throw new ChangedMeanwhile();
    }
    return { layer, live: false };
  }

  /** Undoes `keep` or `take`, as long as nothing else has taken the live name. */
  giveBack(path: ByteName, live: NativePath, { layer, live: linked }: Kept): void {
    try {
      const name = this.#place(path, layer);
      if (linked) unlinkSync(name);
      else putBack(name, live);
    } catch {
      // The call that failed before is the one to tell of; it stays in the trash, and the next run finds it by the intents.
    }
  }

  /** What this iteration took away under a path, by its kind, number and size: an undo may have touched its time. */
  find(path: ByteName, expected: Seen, options: { readonly steadyInodes: boolean }): Found | undefined {
    for (let layer = 0; layer < mostLayers; layer += 1) {
      const { folder, name } = splitPath(path);
      const parent = trashFolder(this.#iteration, layer);
      try {
        const at = this.#folders.folder(folder === '' ? parent : `${parent}/${folder}`).at(name);
        const entry = lookAt(at);
        if (entry && isStill({ ...expected, mtimeMs: entry.mtimeMs }, entry, options)) {
          return { path: below(folder === '' ? parent : `${parent}/${folder}`, name), at, entry };
        }
      } catch (error) {
        if (!isMissing(error) && systemErrorCode(error) !== 'ELOOP') throw error;
      }
    }
    return undefined;
  }

  #freeName(path: ByteName): { layer: number; name: NativePath } {
    for (let layer = 0; layer < mostLayers; layer += 1) {
      try {
        const name = this.#place(path, layer);
        if (!lstatSync(name, { throwIfNoEntry: false })) return { layer, name };
      } catch (error) {
        // A file lies in the trash where this path needs a folder: what was a file became one.
        if (!['ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')) throw error;
      }
    }
    throw Object.assign(new Error('EEXIST: the trash has too many of this path'), { code: 'EEXIST' });
  }

  #place(path: ByteName, layer: number): NativePath {
    const { folder, name } = splitPath(path);
    const parent = trashFolder(this.#iteration, layer);
    return this.#folders.folder(folder === '' ? parent : `${parent}/${folder}`, { make: trashMode }).at(name);
  }
}

/** Only to a free name: what has come there meanwhile stays, and this stays in the trash. */
export function putBack(name: NativePath, live: NativePath): void {
  if (!lstatSync(live, { throwIfNoEntry: false })) renameSync(name, live);
}

function changedIfGone(error: unknown): unknown {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')
    ? new ChangedMeanwhile()
    : error;
}
