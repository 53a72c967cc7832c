import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Problem, type ProblemCode } from '../../shared/problem.ts';
import { allocateAligned } from './aligned-buffer.ts';
import type { BlockTarget } from './block-target.ts';

/** What direct I/O wants offsets, lengths and memory to be multiples of, on every disk of today. */
const PAGE = 4096;
const DIRECT_READ_SIZE = 4 * 2 ** 20;

export type FileTargetOptions =
  /** An existing file. */
  | { readonly mode: 'read' | 'write' }
  /** A file that must not exist yet, made with `size` bytes, readable by its owner only. */
  | { readonly mode: 'create'; readonly size: number };

/**
 * A regular file as a target. TARGET_MISSING, TARGET_EXISTS, TARGET_UNSUPPORTED (not a regular file),
 * TARGET_UNWRITABLE, TARGET_FULL.
 */
export async function createFileTarget(path: string, options: FileTargetOptions): Promise<BlockTarget> {
  const flags = { read: 'r', write: 'r+', create: 'wx+' }[options.mode];
  const handle = await translated('Nothing was written.', () => open(path, flags, 0o600));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw problem('TARGET_UNSUPPORTED', 'The target is not a regular file.', 'Nothing was written.');
    }
    if (options.mode === 'create') {
      await translated('An empty file was made.', () => handle.truncate(options.size));
    }
    const size = options.mode === 'create' ? options.size : stats.size;
    return new RegularFileTarget(handle, await openDirect(path, handle), size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class RegularFileTarget implements BlockTarget {
  readonly size: number;
  readonly readsMedium: boolean;
  readonly #handle: FileHandle;
  readonly #direct: FileHandle | undefined;
  readonly #aligned: Buffer | undefined;
  /** Direct reads share one aligned buffer, so they take turns. */
  #reading: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, direct: FileHandle | undefined, size: number) {
    this.#handle = handle;
    this.#direct = direct;
    this.#aligned = direct ? allocateAligned(DIRECT_READ_SIZE) : undefined;
    this.size = size;
    this.readsMedium = direct !== undefined;
  }

  read(buffer: Uint8Array, offset: number): Promise<void> {
    this.#mustLieInside(offset, buffer.length);
    const result = this.#reading.then(() => this.#read(buffer, offset));
    // Whoever asked hears of a failure; the next one starts all the same.
    this.#reading = result.catch(() => undefined);
    return result;
  }

  async write(buffer: Uint8Array, offset: number): Promise<void> {
    this.#mustLieInside(offset, buffer.length);
    await translated('The target is incomplete.', async () => {
      for (let done = 0; done < buffer.length; ) {
        const { bytesWritten } = await this.#handle.write(buffer, done, buffer.length - done, offset + done);
        done += bytesWritten;
      }
    });
  }

  async flush(): Promise<void> {
    await translated('The target is incomplete.', () => this.#handle.datasync());
  }

  /** Direct reads need no more than the flush; without them the system offers no way, and `readsMedium` says so. */
  async dropCache(): Promise<void> {
    if (this.#direct) await this.#direct.datasync();
  }

  async close(): Promise<void> {
    await this.#reading;
    await this.#direct?.close();
    await this.#handle.close();
  }

  async #read(buffer: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < buffer.length; ) {
        const got = await this.#readSome(buffer.subarray(done), offset + done);
        if (got <= 0) throw new Error(`the file ends at ${offset + done}`);
        done += got;
      }
    } catch (error) {
      throw problem(
        'VERIFY_MISMATCH',
        `The target cannot be read at byte ${offset}.`,
        'What is on the target is not proven.',
        error,
      );
    }
  }

  async #readSome(buffer: Uint8Array, offset: number): Promise<number> {
    if (!this.#direct || !this.#aligned) {
      return (await this.#handle.read(buffer, 0, buffer.length, offset)).bytesRead;
    }
    const skipped = offset % PAGE;
    const wanted = Math.min(Math.ceil((skipped + buffer.length) / PAGE) * PAGE, this.#aligned.length);
    const { bytesRead } = await this.#direct.read(this.#aligned, 0, wanted, offset - skipped);
    const got = Math.min(bytesRead - skipped, buffer.length);
    if (got > 0) buffer.set(this.#aligned.subarray(skipped, skipped + got));
    return got;
  }

  #mustLieInside(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > this.size) {
      throw new RangeError(`${length} bytes at ${offset} do not lie in a target of ${this.size} bytes`);
    }
  }
}

/** A second handle that passes the page cache, where platform and file system have that; tried with one read. */
async function openDirect(path: string, handle: FileHandle): Promise<FileHandle | undefined> {
  // Windows and macOS do not have the flag.
  const direct: number | undefined = constants.O_DIRECT;
  if (direct === undefined) return undefined;
  let opened: FileHandle | undefined;
  try {
    opened = await open(path, constants.O_RDONLY | direct);
    const [ours, theirs] = await Promise.all([handle.stat({ bigint: true }), opened.stat({ bigint: true })]);
    // Another file could have been put there between the two.
    if (ours.ino === theirs.ino && ours.dev === theirs.dev) {
      await opened.read(allocateAligned(PAGE), 0, PAGE, 0);
      return opened;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    // The file system has no direct I/O (tmpfs, some network file systems).
  }
  await opened?.close();
  return undefined;
}

async function translated<T>(state: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    switch (code) {
      case 'ENOSPC':
      case 'EDQUOT':
      case 'EFBIG':
        throw problem('TARGET_FULL', 'There is no room left where the target lies.', state, error);
      case 'ENOENT':
      case 'ENOTDIR':
        throw problem('TARGET_MISSING', 'The target, or the folder it lies in, is not there.', state, error);
      case 'EEXIST':
        throw problem('TARGET_EXISTS', 'There is a file of that name already.', state, error);
      case 'EISDIR':
        throw problem('TARGET_UNSUPPORTED', 'The target is not a regular file.', state, error);
      case undefined:
        throw error;
      default:
        throw problem('TARGET_UNWRITABLE', 'The target cannot be opened or written.', state, error);
    }
  }
}

const NEXT_STEPS: Partial<Record<ProblemCode, string>> = {
  TARGET_FULL: 'Make room, or choose another place for the target.',
  TARGET_MISSING: 'Check the path of the target.',
  TARGET_EXISTS: 'Choose another name, or remove the file.',
  TARGET_UNSUPPORTED: 'Choose a regular file as the target.',
  TARGET_UNWRITABLE: 'Check the permissions and the state of the disk, or choose another target.',
  VERIFY_MISMATCH: 'Write it again; if it happens again, use another target.',
};

function problem(code: ProblemCode, what: string, state: string, cause?: unknown): Problem {
  return new Problem(code, { what, state, next: NEXT_STEPS[code] ?? '' }, { cause });
}
