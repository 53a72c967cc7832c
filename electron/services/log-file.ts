import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { systemErrorCode } from './durable/system-error.ts';
import type { Log } from './log.ts';
import { formatEntry } from './log-entry.ts';

export interface LogFile extends Log {
  /** Answers whether it is in the file. */
  line(text: string): boolean;
}

/** The app's log in its state folder. */
export function logFileIn(stateFolder: string): string {
  return join(stateFolder, 'sifaka.log');
}

/** Where the former log is, once there was so much that a new one was begun. */
export function formerLogFile(file: string): string {
  return `${file}.1`;
}

/** Bytes after which a new file is begun; with the former one, twice that is kept. */
const usualLargest = 1 << 20;
/** A rotation takes two calls; whatever claims to be one for that long has died. */
const deadAfterMilliseconds = 60_000;

/** Its owner's alone. A link, a device or a pipe in its place is not written to, and not waited for. */
const appending =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The log file, for any number of processes: an entry is appended in one write, so that entries of two processes do not
 * mix. It is on its way to the disk when `line` returns, also when the process dies next. Whatever goes wrong with it
 * is let go: a full disk must not end a burn because of its log.
 *
 * The texts must be redacted already. `about` says once, before a process's first line, which program writes.
 */
export function createLogFile(options: {
  readonly file: string;
  readonly clock: Clock;
  readonly about: string;
  readonly largestBytes?: number;
}): LogFile {
  const { file, clock, about, largestBytes = usualLargest } = options;
  let introduced = false;
  return {
    line(text) {
      const at = clock.now().toISOString();
      const texts = introduced ? [text] : [about, text];
      const entries = texts.map((one) => formatEntry({ at, pid: process.pid, text: one }));
      try {
        if (append(file, entries.join('')) > largestBytes) rotate(file, largestBytes);
        introduced = true;
        return true;
      } catch {
        // Said on stderr all the same, by the log beside this one.
        return false;
      }
    },
  };
}

/** Answers how large the file is now, in bytes. */
function append(file: string, text: string): number {
  const handle = openSync(file, appending, 0o600);
  try {
    const about = fstatSync(handle);
    if (!about.isFile() || about.nlink > 1) throw new Error('the log is no file of its own');
    if (process.platform !== 'win32' && (about.mode & 0o077) !== 0) fchmodSync(handle, 0o600);
    return about.size + writeSync(handle, text);
  } finally {
    closeSync(handle);
  }
}

/** One process at a time: two that found the file too large would move the new, small one over the former. */
function rotate(file: string, largestBytes: number): void {
  const claim = `${file}.rotating`;
  try {
    closeSync(openSync(claim, 'wx', 0o600));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    if (Date.now() - statSync(claim).mtimeMs > deadAfterMilliseconds) rmSync(claim, { force: true });
    return;
  }
  try {
    if (statSync(file).size > largestBytes) renameSync(file, formerLogFile(file));
  } finally {
    rmSync(claim, { force: true });
  }
}
