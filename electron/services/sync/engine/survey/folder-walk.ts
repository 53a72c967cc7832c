import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { AgreedEntry } from '../agreed-records.ts';
import { isPlain } from '../byte-names.ts';
import type { ByteName } from '../entry.ts';
import { md5OfTarget, targetOf } from '../link-target.ts';
import { md5OfFile } from '../md5-file.ts';
import { entryOf, kindOf } from '../read-folder.ts';
import { DigestTable, keyOfPath } from './digest-table.ts';
import { noFindings } from './findings.ts';
import type { Difference, Findings, Trouble } from './findings.ts';
import { NotedFolder } from './noted-folder.ts';
import { openFolder, troubleOf } from './open-folder.ts';
import type { OpenFolder } from './open-folder.ts';
import type { FolderTask, WalkRequest } from './walk-request.ts';

/**
 * Looks at folders of both sides and compares them where it stands, with synchronous calls: two lstats for what is the same,
 * and only what differs is kept. Goes depth first through the folders it is given; stops when it has looked at as many names
 * as it was told, also within a folder, and can go on later.
 */
export class FolderWalk {
  readonly #request: WalkRequest;
  readonly #digests: DigestTable | undefined;
  readonly #stack: FolderTask[] = [];
  readonly #noted: NotedFolder;
  #open: OpenFolder | undefined;
  #found = noFindings();

  constructor(request: WalkRequest) {
    this.#request = request;
    this.#digests = request.digests && new DigestTable(request.digests);
    this.#noted = new NotedFolder(this.#digests !== undefined);
  }

  get inFolder(): boolean {
    return this.#open !== undefined;
  }

  get waiting(): number {
    return this.#stack.length;
  }

  /** Names looked at since findings were last taken. */
  get found(): number {
    return this.#found.entries;
  }

  push(tasks: readonly FolderTask[]): void {
    for (const task of tasks) this.#stack.push(task);
  }

  /** Folders that nobody has looked at yet, the highest of the tree first, to be looked at elsewhere. */
  giveAway(most: number): FolderTask[] {
    return this.#stack.splice(0, most);
  }

  /** What was found since the last time it was asked. */
  takeFindings(): Findings {
    const found = this.#found;
    this.#found = noFindings();
    return found;
  }

  /** Looks at up to `budget` names; true when all folders are done. */
  step(budget: number): boolean {
    const until = this.#found.entries + budget;
    while (this.#found.entries < until) {
      if (this.#open) this.#goOn(this.#open, until);
      else {
        const task = this.#stack.pop();
        if (task === undefined) return true;
        this.#open = openFolder(task, this.#request, this.#found);
        this.#noted.clear();
      }
    }
    return this.#open === undefined && this.#stack.length === 0;
  }

  /** Looks at what is left of the folder it stopped in, so that all there is to do can be given away. */
  finishFolder(): void {
    if (this.#open) this.#goOn(this.#open, Number.POSITIVE_INFINITY);
  }

  #goOn(folder: OpenFolder, until: number): void {
    const { common, source, destination, path } = folder;
    const [endOfCommon, endOfSource] = [common.length, common.length + source.length];
    const end = endOfSource + destination.length;
    while (folder.at < endOfCommon && this.#found.entries < until) {
      const name = common[folder.at] ?? '';
      folder.at += 1;
      try {
        this.#lookAtBoth(folder, name);
      } catch (error) {
        this.#failed(folder.prefix + name, 'both', error);
        this.#differs(name);
      }
    }
    while (folder.at < end && this.#found.entries < until) {
      const at = folder.at;
      const side = at < endOfSource ? 'source' : 'destination';
      const name = (side === 'source' ? source[at - endOfCommon] : destination[at - endOfSource]) ?? '';
      folder.at += 1;
      try {
        this.#lookAtOne(folder, name, side);
      } catch (error) {
        this.#failed(folder.prefix + name, side, error);
        this.#differs(name);
      }
    }
    if (folder.at < end) return;
    this.#open = undefined;
    if (folder.on === 'both') this.#finish(path);
  }

  #lookAtBoth(folder: OpenFolder, name: ByteName): void {
    // One test for both: this is done for every name there is.
    const plain = folder.plain && isPlain(name);
    const source = look(folder.sourcePrefix + name, plain);
    const destination = look(folder.destinationPrefix + name, plain);
    const found = this.#found;
    found.entries += 2;
    if (source === undefined || destination === undefined) {
      const side = source === undefined ? 'source' : 'destination';
      this.#trouble({ kind: 'vanished', path: folder.prefix + name, side });
      this.#differs(name);
      return;
    }
    const kind = kindOf(source.mode);
    const same = kind === kindOf(destination.mode);
    if (same && kind === 'folder') {
      this.#folders(folder.prefix + name, name, source, destination);
      return;
    }
    found.counts.source += counted(source);
    found.counts.destination += counted(destination);
    if (same) found.counts.common += 1;
    const request = this.#request;
    if (
      same &&
      kind === 'file' &&
      source.size === destination.size &&
      Math.abs(source.mtimeMs - destination.mtimeMs) <= request.precisionMs
    ) {
      if (request.checksum) this.#readBoth(folder, name, source, destination);
      else {
        found.counts.equal += 1;
        this.#noted.file(name, source.size, (request.timesOf === 'source' ? source : destination).mtimeMs);
      }
    } else if (!same || kind !== 'link' || !this.#areSameLinks(folder, name)) {
      this.#difference(name, {
        path: folder.prefix + name,
        source: entryOf(source),
        destination: entryOf(destination),
      });
    }
  }

  #areSameLinks(folder: OpenFolder, name: ByteName): boolean {
    const target = targetOf(folder.sourcePrefix + name);
    if (target !== targetOf(folder.destinationPrefix + name)) return false;
    this.#agree(name, { kind: 'link', size: target.length, mtimeMs: 0, md5: md5OfTarget(target) });
    return true;
  }

  #folders(path: ByteName, name: ByteName, source: Stats, destination: Stats): void {
    if (this.#isOtherRoot(path, 'source', source) || this.#isOtherRoot(path, 'destination', destination)) {
      this.#differs(name);
      return;
    }
    const other =
      source.dev !== this.#request.source.device
        ? 'source'
        : destination.dev !== this.#request.destination.device
          ? 'destination'
          : undefined;
    if (other !== undefined) {
      this.#trouble({ kind: 'other-file-system', path, side: other });
      this.#differs(name);
      return;
    }
    this.#stack.push({ on: 'both', path });
    this.#noted.entry(name, { kind: 'folder', size: 0, mtimeMs: 0 });
  }

  /** By a mount of its own a root can lie inside the other one although no path says so. */
  #isOtherRoot(path: ByteName, side: 'source' | 'destination', about: Stats): boolean {
    const other = this.#request[side === 'source' ? 'destination' : 'source'];
    if (about.ino !== other.inode || about.dev !== other.device) return false;
    this.#trouble({ kind: 'other-root', path, side });
    return true;
  }

  #readBoth(folder: OpenFolder, name: ByteName, sourceStats: Stats, destinationStats: Stats): void {
    const path = folder.prefix + name;
    const [source, destination] = [entryOf(sourceStats), entryOf(destinationStats)];
    const md5 = md5OfFile(folder.sourcePrefix + name, source);
    const other = md5OfFile(folder.destinationPrefix + name, destination);
    if (md5 === undefined || other === undefined) {
      this.#trouble({ kind: 'vanished', path, side: md5 === undefined ? 'source' : 'destination' });
      this.#differs(name);
    } else if (md5 === other) {
      const { size, mtimeMs } = this.#request.timesOf === 'source' ? source : destination;
      this.#agree(name, { kind: 'file', size, mtimeMs, md5 });
    } else this.#difference(name, { path, source, destination, md5: { source: md5, destination: other } });
  }

  #lookAtOne(folder: OpenFolder, name: ByteName, side: 'source' | 'destination'): void {
    const path = folder.prefix + name;
    this.#found.entries += 1;
    const prefix = side === 'source' ? folder.sourcePrefix : folder.destinationPrefix;
    const about = look(prefix + name, folder.plain && isPlain(name));
    if (about === undefined) {
      this.#trouble({ kind: 'vanished', path, side });
      this.#differs(name);
      return;
    }
    this.#found.counts[side] += counted(about);
    const entry = entryOf(about);
    if (entry.kind === 'folder') {
      if (this.#isOtherRoot(path, side, about)) {
        this.#differs(name);
        return;
      }
      if (about.dev !== this.#request[side].device) {
        this.#trouble({ kind: 'other-file-system', path, side });
        this.#differs(name);
        return;
      }
      this.#stack.push({ on: side, path });
    }
    if (side === 'source') this.#difference(name, { path, source: entry, destination: undefined });
    else if (this.#request.deleteMissing)
      this.#difference(name, { path, source: undefined, destination: entry });
    else this.#differs(name);
  }

  #agree(name: ByteName, entry: AgreedEntry): void {
    this.#found.counts.equal += 1;
    this.#noted.entry(name, entry);
  }

  #difference(name: ByteName, difference: Difference): void {
    this.#found.differences.push(difference);
    this.#differs(name);
  }

  #differs(name: ByteName): void {
    this.#noted.entry(name, undefined);
  }

  #finish(path: ByteName): void {
    const digests = this.#digests;
    if (digests === undefined) return;
    const { digest } = this.#noted;
    // After a scrub there are MD5s to be recorded.
    if (!this.#request.checksum && digests.has(keyOfPath(path), digest)) return;
    this.#found.folders.push({ path, digest, record: this.#noted.record() });
  }

  #failed(path: ByteName, side: Trouble['side'], error: unknown): void {
    this.#trouble(troubleOf(path, side, error));
  }

  #trouble(trouble: Trouble): void {
    this.#found.troubles.push(trouble);
  }
}

/** `plain` is whether the path is ASCII: then it need not become a Buffer. */
function look(path: ByteName, plain: boolean): Stats | undefined {
  return lstatSync(plain ? path : Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
}

/** Files and links count, folders and special files do not. */
function counted(about: Stats): 0 | 1 {
  const kind = kindOf(about.mode);
  return kind === 'file' || kind === 'link' ? 1 : 0;
}
