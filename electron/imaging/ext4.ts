import { cancelled, Problem } from '../../shared/problem.ts';
import type { ByteRange } from './block-source.ts';
import { joinRanges } from './byte-ranges.ts';
import type { Injection, PathInfo } from './card-image.ts';
import { Ext4Disk } from './ext4-disk.ts';
import { readExt4Superblock } from './ext4-superblock.ts';
import { type Ext2Calls, type MountedExt2, mountExt2 } from './ext2fs-instance.ts';
import { conflict, splitImagePath } from './image-path.ts';
import { type PartitionView, WritablePartitionView } from './partition-view.ts';
import type { Volume } from './volume.ts';

/** Flags of open(2) as ext2fs reads them. */
const READ_ONLY = 0;
const WRITE_ONLY = 1;
const CREATE_NEW = 0o100 | 0o200;
const NO_FOLLOW = 0o400000;
/** Without it, reading would write an access time. */
const NO_ACCESS_TIME = 0o1000000;

const TYPE_MASK = 0o170000;
const KINDS: Readonly<Record<number, PathInfo['kind']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
};

/** More in one call ran the WASM out of its 16 MiB and damaged the file system. */
const CHUNK_SIZE = 1024 * 1024;
/** As the kernel: ELOOP after 40. */
const MOST_SYMLINKS = 40;
/** ext2fs sets the lower 16 bits of an owner only. */
const LARGEST_OWNER = 0xffff;
/** Error numbers of e2fsprogs' ext2_err.et. */
const DIRECTORY_FULL = 2133571366;
const NO_FREE_BLOCK = 2133571400;
const NO_FREE_INODE = 2133571401;
/** Error numbers of WASI. */
const NOT_FOUND = 44;
const NO_SPACE = 51;
const NO_ROOM = new Set([DIRECTORY_FULL, NO_FREE_BLOCK, NO_FREE_INODE, NO_SPACE]);

/** An ext2, ext3 or ext4 volume through libext2fs. */
export class Ext4Volume implements Volume {
  readonly #disk: Ext4Disk;
  readonly #mounted: MountedExt2;
  readonly #partition: number;

  private constructor(disk: Ext4Disk, mounted: MountedExt2, partition: number) {
    this.#disk = disk;
    this.#mounted = mounted;
    this.#partition = partition;
  }

  /**
   * Every time that is written is `now`. Changes are possible when `view` is writable.
   * IMAGE_LAYOUT_UNSUPPORTED when it is damaged or was not unmounted cleanly.
   */
  static async open(view: PartitionView, partition: number, now: Date): Promise<Ext4Volume> {
    const { featuresKnown } = readExt4Superblock(view, partition);
    if (view instanceof WritablePartitionView && !featuresKnown) {
      throw new Problem('IMAGE_LAYOUT_UNSUPPORTED', {
        what: `The ext4 file system on partition ${partition} has features that Sifaka cannot change safely.`,
        state: 'Nothing was written.',
        next: 'Make the golden image with the default features of mke2fs (no quota, encryption, inline data or MMP).',
      });
    }
    const disk = new Ext4Disk(view);
    try {
      return new Ext4Volume(disk, await mountExt2(disk, now), partition);
    } catch (error) {
      throw problemOf(error, disk, partition);
    }
  }

  async stat(path: string): Promise<PathInfo | undefined> {
    const names = splitImagePath(path);
    const parent = await this.#walk(names.slice(0, -1));
    if (parent.missing.length > 0) return undefined;
    return await this.#statAt(join(parent.path, names.at(-1) ?? ''));
  }

  async readFile(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
    let names = splitImagePath(path);
    for (let links = 0; links <= MOST_SYMLINKS; links += 1) {
      const parent = await this.#walk(names.slice(0, -1));
      const last = names.at(-1);
      if (parent.missing.length > 0 || last === undefined) return undefined;
      const place = join(parent.path, last);
      const info = await this.#statAt(place);
      if (info?.kind === 'file') return await this.#readAll(place, info.size, limitBytes);
      if (info?.kind !== 'symlink') return undefined;
      names = partsOf(parent.path, await this.#readLink(place));
    }
    return undefined;
  }

  async freeRanges(): Promise<ByteRange[]> {
    const found = this.#disk.recordDiscards();
    await this.#run((fs) => fs.trim());
    return joinRanges(found());
  }

  async apply(change: Injection, signal: AbortSignal | undefined): Promise<void> {
    if (change.uid > LARGEST_OWNER || change.gid > LARGEST_OWNER) {
      throw conflict(
        `The owner of ${change.path} has a number above ${LARGEST_OWNER}.`,
        'Use a smaller number.',
      );
    }
    const names = splitImagePath(change.path);
    const last = names.at(-1);
    if (last === undefined) throw conflict('The root directory cannot be replaced.');
    const parent = await this.#makeDirectories(names.slice(0, -1));
    const place = join(parent, last);
    const present = await this.#statAt(place);
    switch (change.kind) {
      case 'directory':
        if (present && present.kind !== 'directory') {
          throw conflict(`${change.path} is to be a directory, but the image has a ${present.kind} there.`);
        }
        if (!present) await this.#makeDirectory(place);
        break;
      case 'file':
        await this.#makeRoom(change.path, place, present);
        await this.#writeFile(place, change.content, signal);
        break;
      case 'symlink':
        await this.#makeRoom(change.path, place, present);
        await this.#run((fs) => fs.symlink(change.linkTarget, place));
        break;
    }
    await this.#setOwner(place, change.kind === 'symlink' ? undefined : change.mode, change);
  }

  async close(): Promise<void> {
    try {
      await this.#mounted.unmount();
    } catch (error) {
      throw problemOf(error, this.#disk, this.#partition);
    }
  }

  /**
   * Follows directories and symlinks, which never lead out of the volume's root. Answers the real path so far and the
   * names that are not there.
   */
  async #walk(names: readonly string[]): Promise<{ path: string; missing: string[] }> {
    const pending = names.map((name) => ({ name, fromLink: false }));
    let at: string[] = [];
    let links = 0;
    for (let next = pending.shift(); next; next = pending.shift()) {
      const { name, fromLink } = next;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = at.slice(0, -1);
        continue;
      }
      const place = join(`/${at.join('/')}`, name);
      const info = await this.#statAt(place);
      if (info?.kind === 'directory') {
        at = [...at, name];
      } else if (info?.kind === 'symlink') {
        links += 1;
        if (links > MOST_SYMLINKS) throw conflict(`The symlinks at ${place} in the image form a circle.`);
        const target = await this.#readLink(place);
        if (target.startsWith('/')) at = [];
        pending.unshift(...target.split('/').map((part) => ({ name: part, fromLink: true })));
      } else if (info) {
        throw conflict(`${place} is a file in the image, but a directory is needed there.`);
      } else if (fromLink || pending.some((rest) => rest.fromLink)) {
        throw conflict(`A symlink in the image leads to ${place}, which is not there.`);
      } else {
        return { path: `/${at.join('/')}`, missing: [name, ...pending.map((rest) => rest.name)] };
      }
    }
    return { path: `/${at.join('/')}`, missing: [] };
  }

  /** Answers the real path of the directory; what is missing is made 0755 root. */
  async #makeDirectories(names: readonly string[]): Promise<string> {
    const found = await this.#walk(names);
    let path = found.path;
    for (const name of found.missing) {
      path = join(path, name);
      await this.#makeDirectory(path);
      await this.#setOwner(path, 0o755, { uid: 0, gid: 0 });
    }
    return path;
  }

  async #makeDirectory(place: string): Promise<void> {
    try {
      await this.#run((fs) => fs.mkdir(place, 0o755), DIRECTORY_FULL);
    } catch (error) {
      if (errnoOf(error) !== DIRECTORY_FULL) throw error;
      // mkdir does not grow a parent that is full; making a file with a longer name does.
      const parent = place.slice(0, place.lastIndexOf('/') + 1);
      const filler = `${parent}${'x'.repeat(255)}`;
      await this.#create(filler);
      await this.#run((fs) => fs.unlink(filler));
      await this.#run((fs) => fs.mkdir(place, 0o755));
    }
  }

  async #makeRoom(path: string, place: string, present: PathInfo | undefined): Promise<void> {
    if (!present) return;
    if (present.kind === 'directory' || present.kind === 'other') {
      const what = present.kind === 'directory' ? 'directory' : 'device or socket';
      throw conflict(`${path} is to be a file or symlink, but the image has a ${what} there.`);
    }
    await this.#run((fs) => fs.unlink(place));
  }

  async #create(place: string): Promise<void> {
    const handle = await this.#run((fs) => fs.open(place, WRITE_ONLY | CREATE_NEW | NO_FOLLOW, 0o600));
    await this.#run((fs) => fs.close(handle.fd));
  }

  async #writeFile(place: string, content: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const { fd } = await this.#run((fs) => fs.open(place, WRITE_ONLY | CREATE_NEW | NO_FOLLOW, 0o600));
    for (let position = 0; position < bytes.length; ) {
      if (signal?.aborted) throw cancelled('Nothing was written.');
      const chunk = bytes.subarray(position, position + CHUNK_SIZE);
      const at = position;
      const { bytesWritten } = await this.#run((fs) => fs.write(fd, chunk, 0, chunk.length, at));
      if (bytesWritten <= 0) throw noRoom(this.#partition);
      position += bytesWritten;
    }
    await this.#run((fs) => fs.close(fd));
  }

  async #setOwner(
    place: string,
    mode: number | undefined,
    owner: { uid: number; gid: number },
  ): Promise<void> {
    const { fd } = await this.#run((fs) => fs.open(place, WRITE_ONLY | NO_FOLLOW));
    if (mode !== undefined) await this.#run((fs) => fs.fchmod(fd, mode & 0o7777));
    await this.#run((fs) => fs.fchown(fd, owner.uid, owner.gid));
    await this.#run((fs) => fs.close(fd));
  }

  async #statAt(place: string): Promise<PathInfo | undefined> {
    let opened: { fd: number };
    try {
      opened = await this.#run((fs) => fs.open(place, READ_ONLY | NO_FOLLOW), NOT_FOUND);
    } catch (error) {
      if (errnoOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
    const { fd } = opened;
    const stats = await this.#run((fs) => fs.fstat(fd));
    await this.#run((fs) => fs.close(fd));
    return {
      kind: KINDS[stats.mode & TYPE_MASK] ?? 'other',
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      size: stats.size,
    };
  }

  async #readAll(place: string, size: number, limitBytes: number): Promise<Uint8Array> {
    if (size > limitBytes) {
      throw new Problem('INJECTION_TOO_LARGE', {
        what: `${place} in the image has ${size} bytes, more than the ${limitBytes} that are expected there.`,
        state: 'Nothing was written.',
        next: 'Look at that file in the golden image.',
      });
    }
    const content = Buffer.alloc(size);
    const { fd } = await this.#run((fs) => fs.open(place, READ_ONLY | NO_FOLLOW | NO_ACCESS_TIME));
    for (let position = 0; position < size; ) {
      const part = content.subarray(position, position + CHUNK_SIZE);
      const at = position;
      const { bytesRead } = await this.#run((fs) => fs.read(fd, part, 0, part.length, at));
      if (bytesRead <= 0) throw damaged(this.#partition);
      position += bytesRead;
    }
    await this.#run((fs) => fs.close(fd));
    return content;
  }

  async #readLink(place: string): Promise<string> {
    const target = await this.#run((fs) => fs.readlink(place));
    if (target.includes('\ufffd'))
      throw conflict(`The symlink ${place} in the image leads to an unreadable name.`);
    return target;
  }

  /** Turns what went wrong into a Problem, but for the `expected` error number. */
  async #run<T>(call: (fs: Ext2Calls) => Promise<T>, expected?: number): Promise<T> {
    try {
      const result = await this.#mounted.run(call);
      // Some calls swallow an I/O error and answer as if nothing was there.
      if (this.#disk.failure !== undefined) throw damaged(this.#partition, this.#disk.failure);
      return result;
    } catch (error) {
      if (this.#disk.failure === undefined && expected !== undefined && errnoOf(error) === expected)
        throw error;
      throw problemOf(error, this.#disk, this.#partition);
    }
  }
}

function join(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** The names a symlink's target means, seen from the directory it lies in. */
function partsOf(parent: string, target: string): string[] {
  const names: string[] = [];
  for (const name of [...(target.startsWith('/') ? [] : parent.split('/')), ...target.split('/')]) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? error.errno : undefined;
}

function problemOf(error: unknown, disk: Ext4Disk, partition: number): unknown {
  if (disk.failure instanceof Problem) return disk.failure;
  if (error instanceof Problem) return error;
  const errno = errnoOf(error);
  if (disk.failure === undefined && errno !== undefined && NO_ROOM.has(errno))
    return noRoom(partition, error);
  return damaged(partition, error);
}

function noRoom(partition: number, cause?: unknown): Problem {
  return new Problem(
    'INJECTION_TOO_LARGE',
    {
      what: `The file system on partition ${partition} of the image has no room for what is to be put there.`,
      state: 'Nothing was written.',
      next: 'Make the partition of the golden image larger, or inject less.',
    },
    { cause },
  );
}

function damaged(partition: number, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_LAYOUT_UNSUPPORTED',
    {
      what: `The ext4 file system on partition ${partition} of the image cannot be used; it may be damaged.`,
      state: 'Nothing was written.',
      next: 'Run e2fsck on the golden image, or make it again.',
    },
    { cause },
  );
}
