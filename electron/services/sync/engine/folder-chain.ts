import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../durable/system-error.ts';
import { nativePath } from './byte-names.ts';
import type { ByteName } from './entry.ts';

/** open(2) `O_PATH`, which Node does not name: a descriptor to start from, for which the folder need not be readable. */
const pathOnly = 0o10000000;
const onlyFolders = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What Node takes as a path without changing a byte of it. */
export type NativePath = string | Buffer;

/** One open folder: whatever is named through it lies in it, even when its own name has been given to a link meanwhile. */
export interface OpenFolder {
  at(name: ByteName): NativePath;
  /** The folder itself, for calls that follow links. */
  readonly self: NativePath;
}

/** A root as it was when it was looked at: its path may be that of another folder later. */
export interface KnownFolder {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Of `openKnown`: it stays that folder's whatever has its path by now, and is left open. */
  readonly descriptor?: number;
}

/**
 * Opens a root once for all the threads of this process, which share its descriptors: one that starts later finds it also
 * where its path leads elsewhere by then. Not elsewhere than on Linux, nor where it cannot be opened or is another folder
 * already: whoever goes there is told why.
 */
export function openKnown(folder: KnownFolder): KnownFolder {
  if (process.platform !== 'linux') return folder;
  try {
    return { ...folder, descriptor: openRoot(folder) };
  } catch {
    return folder;
  }
}

export interface ParentAndName {
  /** Empty for the root itself. */
  readonly folder: ByteName;
  readonly name: ByteName;
}

/** A path's last name and the folder it is in; a folder's path may end with `/`. */
export function splitPath(path: ByteName): ParentAndName {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const slash = path.lastIndexOf('/', end - 1);
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1, end) };
}

/**
 * The folders below a root, each opened through the one above it and never through a link: with `/proc/self/fd/N/name` as a
 * path, Linux does what openat(2) would. It keeps the folders on the way to the last one that was asked for, so that paths in
 * their order cost few openings. ELOOP or ENOTDIR where a link or a file has taken a folder's place; ESTALE where the root was
 * told with its numbers and is another folder by now, such as the empty one below a mount that is gone; one that `openKnown`
 * opened is still the one it was, wherever its path leads.
 *
 * Elsewhere than on Linux there is no such path: every name on the way is looked at, and an instant remains between that
 * look and the use.
 */
export class FolderChain {
  readonly #root: string;
  readonly #known: KnownFolder | undefined;
  readonly #held: { readonly name: ByteName; readonly descriptor: number }[] = [];
  #rootDescriptor: number | undefined;

  /** `root` is absolute and real. */
  constructor(root: string | KnownFolder) {
    this.#root = typeof root === 'string' ? root : root.path;
    this.#known = typeof root === 'string' ? undefined : root;
  }

  /** `make` is the mode that folders get which are not there yet. */
  folder(path: ByteName, { make }: { make?: number } = {}): OpenFolder {
    const names = path === '' ? [] : path.split('/');
    return process.platform === 'linux' ? this.#descend(names, make) : this.#lookDown(names, make);
  }

  /** Goes down from the root again at the next call. */
  reset(): void {
    while (this.#held.length > 0) this.#closeLast();
  }

  close(): void {
    this.reset();
    if (this.#rootDescriptor !== undefined && this.#rootDescriptor !== this.#known?.descriptor)
      closeSync(this.#rootDescriptor);
    this.#rootDescriptor = undefined;
  }

  #descend(names: readonly ByteName[], make: number | undefined): OpenFolder {
    this.#rootDescriptor ??= this.#known?.descriptor ?? openRoot(this.#known ?? this.#root);
    let depth = 0;
    while (depth < names.length && this.#held[depth]?.name === names[depth]) depth += 1;
    while (this.#held.length > depth) this.#closeLast();
    for (const name of names.slice(depth)) {
      const path = this.#here().at(name);
      this.#held.push({ name, descriptor: openFolder(path, make) });
    }
    return this.#here();
  }

  #here(): OpenFolder {
    const descriptor = this.#held.at(-1)?.descriptor ?? this.#rootDescriptor;
    const prefix = `/proc/self/fd/${descriptor}/`;
    return { at: (name) => nativePath(prefix + plainName(name)), self: `${prefix}.` };
  }

  #closeLast(): void {
    const last = this.#held.pop();
    if (last) closeSync(last.descriptor);
  }

  #lookDown(names: readonly ByteName[], make: number | undefined): OpenFolder {
    let at = this.#root;
    for (const name of names) {
      at = join(at, decoded(plainName(name)));
      if (make !== undefined) makeUnlessThere(at, make);
      if (!lstatSync(at).isDirectory()) throw notAFolder(at);
    }
    return { at: (name) => join(at, decoded(plainName(name))), self: at };
  }
}

function openRoot(root: string | KnownFolder): number {
  if (typeof root === 'string') return openSync(root, onlyFolders);
  const descriptor = openSync(root.path, onlyFolders);
  try {
    const { dev, ino } = fstatSync(descriptor);
    if (dev === root.device && ino === root.inode) return descriptor;
    throw Object.assign(new Error(`ESTALE: another folder by now, '${root.path}'`), { code: 'ESTALE' });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openFolder(path: NativePath, make: number | undefined): number {
  try {
    return openSync(path, onlyFolders);
  } catch (error) {
    if (make === undefined || systemErrorCode(error) !== 'ENOENT') throw error;
    makeUnlessThere(path, make);
    return openSync(path, onlyFolders);
  }
}

/** Threads make the same folders at the same time. */
function makeUnlessThere(path: NativePath, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** One name and nothing that leads elsewhere, whoever wrote the plan. */
function plainName(name: ByteName): ByteName {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new TypeError('not the name of an entry in a folder');
  }
  return name;
}

function notAFolder(path: string): Error {
  return Object.assign(new Error(`ENOTDIR: not a directory, '${path}'`), { code: 'ENOTDIR' });
}

/** Windows and macOS name files in Unicode: the bytes of a name are its UTF-8. */
function decoded(name: ByteName): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
