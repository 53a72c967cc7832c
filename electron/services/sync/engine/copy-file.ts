import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  openSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { systemErrorCode } from '../../durable/system-error.ts';
import { copyBytes } from './copy-bytes.ts';
import type { Entry } from './entry.ts';
import type { NativePath } from './folder-chain.ts';
import { isStill } from './look-at.ts';
import { entryOf } from './read-folder.ts';
import { systemTime } from './system-time.ts';
import { timeNotTaken } from './system-words.ts';

/** The source is not what it was when the plan was made, or did not keep still while it was copied. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
  /** Whether it was tried: a copy was made of it, twice, and it had changed below both. */
  readonly copied: boolean;

  constructor(copied = false) {
    super('changed meanwhile');
    this.copied = copied;
  }
}

export interface CopyOptions {
  /** Throws when the copy is to be given up. */
  readonly goOn: () => void;
  /** The file itself is synced before it is closed: where there is no syncfs. */
  readonly syncEach: boolean;
  readonly steadyInodes: boolean;
  /** Devices from which the destination has taken no clones: filled in here. */
  readonly withoutClones: Set<number>;
}

/**
 * Copies a file to a new name, with its time, mode and owner as far as this user may set them, and answers what was made.
 * Nothing is left under the name when it throws: ChangedMeanwhile, or the system's error.
 */
export function copyFile(from: NativePath, to: NativePath, expected: Entry, options: CopyOptions): Entry {
  const { input, stats } = openUnchanged(from, expected, options);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const before = stillFor(input, attempt === 1 ? stats : fstatSync(input));
      const made = copyOpenFile(input, before, to, options);
      const after = fstatSync(input);
      if (made.size === before.size && isUntouched(before, after)) return made;
      unlinkSync(to);
      if (attempt === 2) throw new ChangedMeanwhile(true);
    }
  } finally {
    closeSync(input);
  }
}

/** Never through a link, and never waiting for the other end of a fifo. */
function openUnchanged(
  path: NativePath,
  expected: Entry,
  { steadyInodes }: CopyOptions,
): { input: number; stats: Stats } {
  let input: number;
  try {
    input = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(systemErrorCode(error) ?? '');
    throw gone ? new ChangedMeanwhile() : error;
  }
  try {
    const stats = fstatSync(input);
    if (!stats.isFile() || !isStill(expected, entryOf(stats), { steadyInodes })) throw new ChangedMeanwhile();
    return { input, stats };
  } catch (error) {
    closeSync(input);
    throw error;
  }
}

/** Two writes within one tick of a file system's clock leave the same time (4 ms at 250 Hz, 10 at 100). */
const clockTickMs = 10;

/** Waits until a write that is still to come would show in the file's time. */
function stillFor(input: number, stats: Stats): Stats {
  const age = Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs);
  if (age < 0 || age >= clockTickMs) return stats;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, clockTickMs - age + 1);
  return fstatSync(input);
}

function isUntouched(before: Stats, after: Stats): boolean {
  return after.size === before.size && after.mtimeMs === before.mtimeMs && after.ctimeMs === before.ctimeMs;
}

function copyOpenFile(input: number, source: Stats, to: NativePath, options: CopyOptions): Entry {
  const cloned = cloneFile(input, source, to, options);
  const output = cloned
    ? openSync(to, constants.O_RDONLY | constants.O_NOFOLLOW)
    : openSync(to, newFile, modeAtFirst(source));
  let open = true;
  try {
    if (!cloned) copyBytes(input, output, source, options.goOn);
    setTime(output, source);
    if (options.syncEach) fsyncSync(output);
    const made = fstatSync(output);
    const kept = keepOwnerAndMode(output, source, made) ? fstatSync(output) : made;
    open = false;
    // A network file system may find only now that it has no room.
    closeSync(output);
    return entryOf(kept);
  } catch (error) {
    if (open) closeSync(output);
    unlinkSync(to);
    throw error;
  }
}

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const ownerOnly = 0o600;

/** What its group may do and everybody may do anyway, it is made with; more only once it has its owner and group. */
function modeAtFirst({ mode }: Stats): number {
  const open = (mode & 0o7000) === 0 && ((mode >> 3) & 0o7) === (mode & 0o7);
  return open ? mode & 0o777 : ownerOnly;
}

/** Below this, looking for a clone costs more than the copy. */
const leastToClone = 256 << 10;
const noClones = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS', 'EINVAL', 'ENOTTY', 'EPERM']);

/**
 * Shares the source's blocks where the file system can (btrfs, XFS): nothing is copied. Not with a set-user-ID bit: the
 * clone gets the source's mode before it gets its owner.
 */
function cloneFile(input: number, source: Stats, to: NativePath, { withoutClones }: CopyOptions): boolean {
  if (process.platform !== 'linux' || source.size < leastToClone || (source.mode & 0o7000) !== 0)
    return false;
  if (withoutClones.has(source.dev)) return false;
  try {
    copyFileSync(`/proc/self/fd/${input}`, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (!noClones.has(systemErrorCode(error) ?? '')) throw error;
    withoutClones.add(source.dev);
    return false;
  }
}

function setTime(output: number, { mtimeMs }: Stats): void {
  try {
    futimesSync(output, systemTime(Date.now()), systemTime(mtimeMs));
  } catch (error) {
    if (systemErrorCode(error) !== 'EINVAL') throw error;
    throw Object.assign(new Error('a time that is not taken', { cause: error }), { code: timeNotTaken });
  }
}

/**
 * Set-ID bits only for the owner they were given by; other rights also where the owner cannot be kept. Answers whether
 * anything had to be set.
 */
function keepOwnerAndMode(output: number, source: Stats, made: Stats): boolean {
  const owned = made.uid === source.uid && made.gid === source.gid;
  if (owned && made.mode === source.mode) return false;
  const given = owned || tryChange(() => fchownSync(output, source.uid, source.gid));
  tryChange(() => fchmodSync(output, source.mode & (given ? 0o7777 : 0o777)));
  return true;
}

/** Whether this user, and this file system, could. */
export function tryChange(change: () => void): boolean {
  try {
    change();
    return true;
  } catch (error) {
    if (!notAllowed(error)) throw error;
    return false;
  }
}

/** Not for this user, or not on this file system. */
function notAllowed(error: unknown): boolean {
  return ['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemErrorCode(error) ?? '');
}
