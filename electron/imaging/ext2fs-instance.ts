import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';

/** What ext2fs asks of a disk; offsets and lengths in bytes. A rejection becomes an I/O error inside. */
export interface Ext2Disk {
  read(buffer: Buffer, bufferOffset: number, length: number, offset: number): Promise<unknown>;
  write(buffer: Buffer, bufferOffset: number, length: number, offset: number): Promise<unknown>;
  discard(offset: number, length: number): Promise<void>;
  flush(): Promise<void>;
}

export interface Ext2Stats {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/** The part of ext2fs' fs.promises that is used; its other calls are missing or do not do what they say. */
export interface Ext2Calls {
  readonly open: (path: string, flags: number, mode?: number) => Promise<{ readonly fd: number }>;
  readonly close: (fd: number) => Promise<void>;
  readonly read: (
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ bytesRead: number }>;
  /** Ignores an offset into `buffer`. */
  readonly write: (
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ bytesWritten: number }>;
  readonly mkdir: (path: string, mode: number) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly symlink: (target: string, path: string) => Promise<unknown>;
  /** As UTF-8, whatever encoding is asked for. */
  readonly readlink: (path: string) => Promise<string>;
  readonly fchmod: (fd: number, mode: number) => Promise<void>;
  readonly fchown: (fd: number, uid: number, gid: number) => Promise<void>;
  readonly fstat: (fd: number) => Promise<Ext2Stats>;
  /** Calls the disk's `discard` for every stretch of free blocks. */
  readonly trim: () => Promise<void>;
}

interface Ext2Module {
  mount(disk: Ext2Disk, offset: number): Promise<{ promises: Ext2Calls }>;
  umount(fs: unknown): Promise<void>;
}

export interface MountedExt2 {
  /** Runs one call; rejects also when libext2fs gives up (no memory, a trap), after which nothing else works. */
  run<T>(call: (fs: Ext2Calls) => Promise<T>): Promise<T>;
  /** Writes what is still held back. */
  unmount(): Promise<void>;
}

/**
 * Mounts a disk in an instance of libext2fs of its own, for which it is always `now`: the WASM asks `Date.now()` for
 * every time it puts on the disk. An instance of its own also means that a damaged image that makes libext2fs abort
 * takes nothing else with it, and that the package's process-wide listeners stay out of our process.
 */
export async function mountExt2(disk: Ext2Disk, now: Date): Promise<MountedExt2> {
  const aborted = Promise.withResolvers<never>();
  // Whoever races it sees the rejection; without a race going on there is nobody to tell.
  aborted.promise.catch(() => undefined);
  const ext2 = loadExt2fs(now, (reason) => aborted.reject(new Error(`libext2fs gave up: ${String(reason)}`)));
  const guarded = <T>(call: Promise<T>): Promise<T> => Promise.race([call, aborted.promise]);
  const fs = await guarded(ext2.mount(disk, 0));
  return {
    run: (call) => guarded(call(fs.promises)),
    unmount: () => guarded(ext2.umount(fs)),
  };
}

/** Evaluates the package's files afresh, with a clock, a process and an Emscripten module of our choice. */
function loadExt2fs(now: Date, onAbort: (reason: unknown) => void): Ext2Module {
  const require = createRequire(import.meta.url);
  const parameters = {
    Date: fixedDate(now),
    process: quietProcess(),
  };
  const emscripten = { onAbort, print: () => undefined, printErr: () => undefined };
  const loaded = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(file, module);
    const requireFrom = createRequire(file);
    const requireHere = (id: string): unknown =>
      id.startsWith('.') ? load(requireFrom.resolve(id)) : requireFrom(id);
    const given: Record<string, unknown> = {
      ...parameters,
      exports: module.exports,
      require: requireHere,
      module,
      __filename: file,
      __dirname: dirname(file),
      // Emscripten's own file takes up a `Module` that is there already; in the others the name is theirs.
      ...(file.endsWith('libext2fs.js') ? { Module: emscripten } : {}),
    };
    compileFunction(readFileSync(file, 'utf8'), Object.keys(given), { filename: file }).apply(
      module.exports,
      Object.values(given),
    );
    return module.exports;
  };
  const module = load(require.resolve('ext2fs'));
  if (!isExt2Module(module)) throw new Error('the package ext2fs has another shape');
  return module;
}

function isExt2Module(value: unknown): value is Ext2Module {
  return typeof value === 'object' && value !== null && 'mount' in value && 'umount' in value;
}

function fixedDate(now: Date): unknown {
  const time = now.getTime();
  return class extends Date {
    static override now(): number {
      return time;
    }
  };
}

/** Enough of `process` for Emscripten to see Node; listeners on it go nowhere, and nothing can end the process. */
function quietProcess() {
  return {
    versions: process.versions,
    argv: [],
    env: {},
    hrtime: () => [0, 0],
    on: () => undefined,
    exit: (code: number) => {
      throw new Error(`libext2fs wants to exit with ${code}`);
    },
  };
}
