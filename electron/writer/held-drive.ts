import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem, Problem } from '../../shared/problem.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { allocateAligned } from '../imaging/aligned-buffer.ts';
import { numberOf } from '../services/drives/survey/block-devices.ts';

/** Nobody changes a card in its reader in less. */
const swapMilliseconds = 100;

/** A drive this process alone may write to, past the system's cache. Offsets and lengths in bytes, aligned to a page. */
export interface HeldDrive {
  readonly path: string;
  readonly size: number;
  readonly handle: FileHandle;
  /** Fills the buffer, which must be aligned memory; DRIVE_FAILED. */
  read(buffer: Buffer, offset: number): Promise<void>;
  /** Writes all of the buffer, which must be aligned memory; DRIVE_FAILED. */
  write(buffer: Buffer, offset: number): Promise<void>;
  zero(offset: number, length: number): Promise<void>;
  /** All that was written is on the medium, as far as it says so. */
  flush(): Promise<void>;
  /** Rejects when another card is in the reader than the one that was there when it was opened. TARGET_CHANGED. */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the drive for this process alone: nobody can mount or open it exclusively meanwhile. The drive behind the open
 * descriptor must be the one that was checked: a path can lead to another by now. TARGET_IN_USE, TARGET_CHANGED.
 */
export async function holdDrive(drive: Drive, mode: 'read' | 'write'): Promise<HeldDrive> {
  const access = mode === 'write' ? constants.O_RDWR | constants.O_EXCL : constants.O_RDONLY;
  let handle: FileHandle;
  try {
    handle = await open(drive.path, access | constants.O_DIRECT | constants.O_NOFOLLOW);
  } catch (error) {
    throw cannotOpen(drive, error);
  }
  try {
    const stats = await handle.stat({ bigint: true });
    const place = `/sys/dev/block/${numberOf(stats.rdev)}`;
    if (!stats.isBlockDevice() || !(await isNamed(drive.path, place))) throw swapped(drive);
    return new OpenDrive(handle, drive, await mediumAt(place), () => mediumAt(place));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The open descriptor is the drive that the kernel shows under this path's name. As long as it is open its number is given
 * to no other, so that looking at the drive again by its name is looking at what is held.
 */
async function isNamed(path: string, place: string): Promise<boolean> {
  const uevent = await readFile(join(place, 'uevent'), 'latin1').catch(() => '');
  return uevent.split('\n').includes(`DEVNAME=${path.slice('/dev/'.length)}`);
}

/** What is another when a card is changed in its reader (survey/drive-identity.ts), in files that are cheap to read. */
async function mediumAt(place: string): Promise<string> {
  const facts = ['diskseq', 'size'].map((name) => readFile(join(place, name), 'latin1').catch(() => ''));
  return (await Promise.all(facts)).join('');
}

/** `medium` tells what is in the drive: another text than at its opening when somebody changed the card. */
export class OpenDrive implements HeldDrive {
  readonly handle: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly #drive: Drive;
  readonly #firstMedium: string;
  readonly #medium: () => Promise<string>;
  #checked = Number.NEGATIVE_INFINITY;
  #zeros: Buffer | undefined;

  constructor(handle: FileHandle, drive: Drive, firstMedium: string, medium: () => Promise<string>) {
    this.handle = handle;
    this.path = drive.path;
    this.size = drive.size;
    this.#drive = drive;
    this.#firstMedium = firstMedium;
    this.#medium = medium;
  }

  async checkUnchanged(): Promise<void> {
    const now = performance.now();
    if ((await this.#medium()) !== this.#firstMedium) throw swapped(this.#drive);
    this.#checked = now;
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    await inWords('read', offset, async () => {
      for (let done = 0; done < buffer.length; ) {
        const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, offset + done);
        if (bytesRead === 0) throw ends(offset + done);
        done += bytesRead;
      }
    });
  }

  async write(buffer: Buffer, offset: number): Promise<void> {
    await inWords('written', offset, async () => {
      if (performance.now() - this.#checked > swapMilliseconds) await this.checkUnchanged();
      for (let done = 0; done < buffer.length; ) {
        const { bytesWritten } = await this.handle.write(buffer, done, buffer.length - done, offset + done);
        if (bytesWritten === 0) throw ends(offset + done);
        done += bytesWritten;
      }
    });
  }

  async zero(offset: number, length: number): Promise<void> {
    this.#zeros ??= allocateAligned(2 ** 20);
    for (let done = 0; done < length; done += this.#zeros.length) {
      await this.write(this.#zeros.subarray(0, Math.min(this.#zeros.length, length - done)), offset + done);
    }
  }

  async flush(): Promise<void> {
    await inWords('flushed', 0, () => this.handle.sync());
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

async function inWords(done: string, offset: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw driveFailed(done, offset, error);
  }
}

/** What the drive answered, as a problem; its state is for whoever knows how far the work was. */
export function driveFailed(done: string, offset: number, error: unknown): unknown {
  if (asProblem(error) !== undefined || !(error instanceof Error)) return error;
  const reason = 'code' in error && typeof error.code === 'string' ? reasons[error.code] : undefined;
  if (reason === undefined) return error;
  return new Problem(
    'DRIVE_FAILED',
    {
      what: `The drive cannot be ${done} at byte ${offset}: ${reason}`,
      state: '',
      next: 'Check that it is plugged in, try another port or reader, then burn again; if it happens again, use another card.',
    },
    { cause: error },
  );
}

const gone = 'it is gone, or its cable or reader is.';
/** errno(3); etcher-sdk says EUNPLUGGED when an error stays after it tried again. */
const reasons: Readonly<Record<string, string>> = {
  EIO: 'it reports an error.',
  EUNPLUGGED: 'it reports an error, again and again; it may have been pulled out.',
  EREMOTEIO: 'it reports an error.',
  ENOSPC: 'it ends there, or what it stands for is full.',
  ENXIO: gone,
  ENODEV: gone,
  ENOMEDIUM: 'the card was taken out.',
  ETIMEDOUT: 'it does not answer.',
  EROFS: 'it is write-protected.',
  EPERM: 'it is write-protected.',
  EBADMSG: 'it reports an error.',
  EILSEQ: 'it reports an error on its bus.',
  // libuv's name for what Windows says and errno(3) has no name for, as when a stick is pulled out.
  UNKNOWN: 'Windows reports an error; it may have been pulled out.',
};

function ends(offset: number): Error {
  return Object.assign(new Error(`nothing more at byte ${offset}`), { code: 'ENOSPC' });
}

export function cannotOpen(drive: Drive, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EBUSY') return inUse(drive, 'Another program holds it.');
  if (
    code === 'ENOENT' ||
    code === 'ENXIO' ||
    code === 'ENODEV' ||
    code === 'ENOMEDIUM' ||
    code === 'ELOOP'
  ) {
    return swapped(drive, error);
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new Problem(
      'DRIVE_FAILED',
      {
        what: `${drive.label} (${drive.path}) may not be opened for writing: it is write-protected, or the writer has no right to it.`,
        state: 'Nothing was written.',
        next: 'Look at the lock switch of the card, then try again.',
      },
      { cause: error },
    );
  }
  return error;
}

export function inUse(drive: Drive, why: string): Problem {
  return new Problem('TARGET_IN_USE', {
    what: `${drive.label} (${drive.path}) is in use. ${why}`,
    state: 'Nothing was written.',
    next: 'Close what uses it, then burn again.',
  });
}

function swapped(drive: Drive, cause?: unknown): Problem {
  return new Problem(
    'TARGET_CHANGED',
    {
      what: `The drive at ${drive.path} was pulled out or replaced since it was chosen.`,
      state: 'Nothing was written.',
      next: 'Look at what is there now, and plan again.',
    },
    { cause },
  );
}
