import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileSystemKind, mountFileSystem } from '../../../rig/file-systems/mount-file-system.ts';
import { makeFolderInMemory } from '../../../rig/sync-property/in-memory.ts';
import { liveTree, place } from '../../../rig/sync-property/snapshot.ts';

/** One side of a pair. Names are bytes, one byte a character; times are seconds after {@link World.base}. */
export class Side {
  readonly path: string;
  readonly base: number;

  constructor(path: string, base: number) {
    this.path = path;
    this.base = base;
    mkdirSync(path, { recursive: true });
  }

  file(name: string, content: string | Buffer, seconds = 0, mode = 0o644): void {
    const path = place(this.path, name);
    mkdirSync(dirname(path.toString('latin1')), { recursive: true });
    writeFileSync(path, content, { mode });
    this.time(name, seconds);
  }

  time(name: string, seconds: number): void {
    utimesSync(place(this.path, name), this.base + seconds, this.base + seconds);
  }

  folder(name: string): void {
    mkdirSync(place(this.path, name), { recursive: true });
  }

  link(name: string, target: string, seconds = 0): void {
    symlinkSync(target, place(this.path, name));
    lutimesSync(place(this.path, name), this.base + seconds, this.base + seconds);
  }

  hardLink(name: string, existing: string): void {
    linkSync(place(this.path, existing), place(this.path, name));
  }

  fifo(name: string): void {
    execFileSync('mkfifo', [join(this.path, name)]);
  }

  remove(name: string): void {
    rmSync(place(this.path, name), { recursive: true });
  }

  /** Undefined where there is no such file. */
  text(name: string): string | undefined {
    const path = place(this.path, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
      ? readFileSync(path, 'utf8')
      : undefined;
  }

  has(name: string): boolean {
    return liveTree(this.path).has(name);
  }

  /** Short: a file's text, `/` for a folder, `→ target` for a link. */
  get shown(): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const [path, seen] of liveTree(this.path)) {
      if (seen.kind === 'file')
        shown[path] = seen.size > 100 ? `${seen.size} bytes` : (this.text(path) ?? '');
      else shown[path] = seen.kind === 'link' ? seen.content : seen.kind === 'folder' ? '/' : seen.kind;
    }
    return shown;
  }
}

/** Two sides, and something outside that no tool has any business with. */
export class World implements AsyncDisposable {
  readonly folder: string;
  /** Seconds since 1970: a day ago. */
  readonly base = Math.floor(Date.now() / 1000) - 86_400;
  readonly a: Side;
  /** Made anew at the next start when the power was cut. */
  b: Side;
  readonly outside: Side;
  readonly #mounted: AsyncDisposable[] = [];
  #disk: Awaited<ReturnType<typeof mountFileSystem>> | undefined;

  private constructor(folder: string, disk: Awaited<ReturnType<typeof mountFileSystem>> | undefined) {
    this.folder = folder;
    if (disk !== undefined) this.#mounted.push(disk);
    this.#disk = disk;
    this.a = new Side(join(folder, 'a'), this.base);
    this.b = new Side(join(disk?.path ?? folder, 'b'), this.base);
    this.outside = new Side(join(folder, 'outside'), this.base);
    this.outside.file('file', 'outside');
  }

  /** `disk`: B lies on a small one of its own. */
  static async make(disk?: FileSystemKind): Promise<World> {
    const folder = makeFolderInMemory('sifaka-sync-hazard-');
    return new World(folder, disk === undefined ? undefined : await mountFileSystem(disk));
  }

  /**
   * B as it is found after the power was cut now. Just before it another program makes a file of its own durable, which puts
   * the file system's journal on the disk with all names in it.
   */
  async cutPower(): Promise<void> {
    if (this.#disk === undefined) throw new Error('B has no disk of its own');
    const other = openSync(join(this.#disk.path, 'of another program'), 'w');
    writeSync(other, 'durable');
    fsyncSync(other);
    closeSync(other);
    const later = await this.#disk.afterPowerCut();
    this.#mounted.push(later);
    this.#disk = later;
    this.b = new Side(join(later.path, 'b'), this.base);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#mounted.toReversed()) await one[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
