import { isTaken, refuseOtherThanPlainDatabase } from '../../durable/plain-file-place.ts';
import type { AgreedAdvice } from './agreed-advice.ts';
import type { AppliedPath } from './applied-batch.ts';
import { AgreedFile, setAside } from './agreed-file.ts';
import type { FolderRow } from './agreed-file.ts';
import { agreedFile, digestOfRecord, readRecord, writeRecord } from './agreed-records.ts';
import type { AgreedEntry, AgreedName } from './agreed-records.ts';
import { below, folderOf, foldersAbove, nameIn } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';
import { md5OfTarget, targetOf } from './link-target.ts';
import { confirmRoot, type OpenRoots } from './open-roots.ts';
import { isFull } from './system-words.ts';
import { hasReceived, markReceived } from './received-mark.ts';
import { DigestTable } from './survey/digest-table.ts';
import type { FolderList } from './survey/findings.ts';

/** Folders whose names are at hand: differences come in the order of their paths. */
const foldersKept = 32;

type Names = ReadonlyMap<ByteName, AgreedName>;

/**
 * What both sides of a pair last had in common, `agreed-<pair>.sqlite` in the log folder. It only advises: whatever is wrong
 * with it is told in `trouble`, and the pass goes on without. Nothing is written before `finish`, and nothing at all when
 * nothing changed.
 */
export function openAgreedState(request: {
  readonly logDir: string;
  readonly pair: string;
  readonly roots: OpenRoots;
}): AgreedState {
  return new AgreedState(agreedFile(request.logDir, request.pair), request.roots);
}

export class AgreedState implements AgreedAdvice {
  readonly timesOf: 'source' | 'destination';
  readonly #path: string;
  readonly #roots: OpenRoots;
  readonly #recent = new Map<ByteName, Names | undefined>();
  readonly #found = new Map<ByteName, FolderList>();
  /** By folder and name; `undefined` for what is gone. */
  readonly #done = new Map<ByteName, Map<ByteName, AgreedEntry | undefined>>();
  #file: AgreedFile | undefined;
  #sources: readonly string[] = [];
  #digests = DigestTable.withRoomFor(0);
  #trouble: string | undefined;

  constructor(path: string, roots: OpenRoots) {
    this.#path = path;
    this.#roots = roots;
    this.timesOf = roots.source.marker.root < roots.destination.marker.root ? 'source' : 'destination';
    this.#try(() => {
      // Also where only something beside it is taken: told now, it is out of the way of the one that `finish` makes.
      refuseOtherThanPlainDatabase(path);
      if (isTaken(path)) this.#open();
    });
  }

  /** In words, what is wrong with the file; it is made anew by `finish`. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Also told by the source itself, since a log folder may be lost. */
  get otherDirectionRan(): boolean {
    const { source, destination } = this.#roots;
    return (
      this.#trouble !== undefined ||
      this.#sources.includes(destination.marker.root) ||
      hasReceived(source.path)
    );
  }

  get digests(): SharedArrayBuffer {
    return this.#digests.memory;
  }

  advise(path: ByteName): AgreedEntry | undefined {
    return this.folder(folderOf(path))?.get(nameIn(path))?.agreed;
  }

  folder(path: ByteName): Names | undefined {
    if (this.#recent.has(path)) return this.#recent.get(path);
    const names = this.#try(() => this.#file?.folder(path));
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined && this.#recent.size >= foldersKept) this.#recent.delete(oldest);
    this.#recent.set(path, names);
    return names;
  }

  addFolders(folders: readonly FolderList[]): void {
    for (const folder of folders) this.#found.set(folder.path, folder);
  }

  /**
   * After each batch: what was made, changed or deleted, and files whose time was set, as the pass saw them: what somebody has
   * changed since is not agreed on.
   */
  addApplied(applied: Iterable<AppliedPath>, aligned: Iterable<AppliedPath> = []): void {
    for (const { path, after } of applied) this.#noteDone(path, after);
    for (const { path, after } of aligned) this.#noteDone(path, after);
  }

  /** Once, at the end of a pass that was no dry run. Never throws. */
  finish(): void {
    const source = this.#roots.source.marker.root;
    const known = this.#trouble === undefined && this.#sources.includes(source);
    if (known && this.#found.size === 0 && this.#done.size === 0) return;
    const broken = this.#trouble !== undefined;
    const { destination } = this.#roots;
    this.#try(() => {
      // Also after a pass that lost it: what has its name by then may be an empty mount point.
      confirmRoot(destination);
      markReceived(destination.path);
    }, 'quietly');
    this.#try(() => {
      if (broken) setAside(this.#path);
      if (!this.#file) this.#open();
      const { gone, rows } = this.#changes();
      // Nobody knows any more which directions had run: that both had deletes less.
      this.#file?.write(gone, rows, broken ? [source, destination.marker.root] : [source]);
    });
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#try(() => file?.close());
  }

  #open(): void {
    this.#file = new AgreedFile(this.#path, [
      this.#roots.source.marker.root,
      this.#roots.destination.marker.root,
    ]);
    this.#sources = this.#file.sources();
    this.#digests = this.#file.digests();
  }

  #changes(): { gone: Set<ByteName>; rows: FolderRow[] } {
    const gone = new Set<ByteName>();
    const rows: FolderRow[] = [];
    for (const path of new Set([...this.#found.keys(), ...this.#done.keys()])) {
      const before = this.#file?.folder(path);
      const found = this.#found.get(path);
      const done = this.#done.get(path);
      if (before === undefined && done === undefined && found !== undefined) {
        rows.push(found);
        continue;
      }
      const names = found === undefined ? new Map(before) : merged(readRecord(found.record), before);
      for (const [name, agreed] of done ?? []) {
        if (agreed === undefined) names.delete(name);
        else names.set(name, { agreed, differs: false });
      }
      for (const [name, about] of before ?? []) {
        if (about.agreed?.kind === 'folder' && names.get(name)?.agreed?.kind !== 'folder')
          gone.add(below(path, name));
      }
      rows.push({ path, digest: digestOfRecord(names), record: writeRecord(names) });
    }
    const stays = ({ path }: FolderRow): boolean => ![path, ...foldersAbove(path)].some((at) => gone.has(at));
    return { gone, rows: rows.filter(stays) };
  }

  #noteDone(path: ByteName, after: Entry | undefined): void {
    const folder = folderOf(path);
    const names = this.#done.get(folder) ?? new Map<ByteName, AgreedEntry | undefined>();
    this.#done.set(folder, names);
    names.set(nameIn(path), after && this.#agreedOf(path, after));
  }

  #agreedOf(path: ByteName, { kind, size, mtimeMs }: Entry): AgreedEntry | undefined {
    if (kind === 'special') return undefined;
    if (kind === 'folder') return { kind, size: 0, mtimeMs: 0 };
    if (kind === 'file') return { kind, size, mtimeMs };
    const target = this.#try(() => targetOf(`${this.#roots.destination.bytes}/${path}`), 'quietly');
    return target === undefined
      ? undefined
      : { kind, size: target.length, mtimeMs: 0, md5: md5OfTarget(target) };
  }

  #try<Value>(work: () => Value, quietly?: 'quietly'): Value | undefined {
    try {
      return work();
    } catch (error) {
      if (quietly) return undefined;
      this.#trouble ??= troubleWith(this.#path, error);
      const file = this.#file;
      this.#file = undefined;
      this.#digests = DigestTable.withRoomFor(0);
      try {
        file?.close();
      } catch {
        // It is broken already.
      }
      return undefined;
    }
  }
}

/** On a full disk nothing was written, and nothing is broken. */
function troubleWith(path: string, error: unknown): string {
  if (isFull(error))
    return `What both sides have in common now could not be written to ${path}: the disk of the log folder is full. The next run that has room brings it up to date.`;
  return `The record of what both sides last had in common (${path}) could not be used: ${error instanceof Error ? error.message : 'unknown error'}. This pass goes without it, and makes a new one.`;
}

/** What was found now, with what is still known of the names in which the sides differ, and of bytes that were read once. */
function merged(found: Map<ByteName, AgreedName>, before: Names | undefined): Map<ByteName, AgreedName> {
  for (const [name, { agreed, differs }] of found) {
    const known = before?.get(name)?.agreed;
    if (known === undefined) continue;
    if (differs) found.set(name, { agreed: known, differs });
    else if (agreed !== undefined && agreed.md5 === undefined && isSame(agreed, known)) {
      found.set(name, { agreed: known, differs });
    }
  }
  return found;
}

function isSame(one: AgreedEntry, other: AgreedEntry): boolean {
  return one.kind === other.kind && one.size === other.size && one.mtimeMs === other.mtimeMs;
}
