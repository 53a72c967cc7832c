import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, statfsSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** What a side's file system can tell apart, found out by trying. */
export interface RootAbilities {
  /** The largest difference, in milliseconds, between a time that was set and what is read back. */
  readonly precisionMs: number;
  readonly caseSensitive: boolean;
  /** Whether é as one character and é as two are different names. */
  readonly normalizationSensitive: boolean;
  /** FAT or exFAT, also through FUSE or from another machine: it has their limits. */
  readonly likeFat: boolean;
  /** The clock that gives new files their times, less this machine's: not 0 on a network file system. */
  readonly clockAheadMs: number;
  /** Whether this user could make the probe's file at all; the rest is guessed from the file system's kind if not. */
  readonly writable: boolean;
}

/** utimes takes seconds as a double: a nanosecond is not kept, a microsecond is. */
const finestMs = 0.002;
/** Odd, so that a clock of two seconds cannot keep it, and with a fraction that has all digits. */
const probeSeconds = 1_700_000_001.987654;
/** What file systems keep: microseconds or better, 1 ms, 10 ms (exFAT), 100 ms, 1 s (ext3, HFS+), 2 s (FAT). */
const knownPrecisions = [finestMs, 1, 10, 100, 1000, 2000];
/** exFAT's. */
const finestOfFatMs = 10;
/** statfs(2) f_type, linux/magic.h: where nothing can be written, these are known to be coarse. */
const coarseKinds = new Map([
  [0x4d44, { precisionMs: 2000, caseSensitive: false }],
  [0x2011bab0, { precisionMs: 10, caseSensitive: false }],
]);

/**
 * Makes a file under a name that no walk looks at, and removes it again. Where it cannot be made, what a file system of its
 * kind is known for is taken instead; throws what the system says where even that cannot be asked.
 */
export function probeRoot(root: string, now: () => number = Date.now): RootAbilities {
  const stem = `.sifaka-tmp-probe-${randomUUID()}`;
  // Letters with a case, and one that can be composed in two ways.
  const file = join(root, `${stem}-\u00e9`);
  const before = now();
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    return guessed(root);
  }
  try {
    return probed({ root, stem, file, before, after: now() });
  } catch {
    return guessed(root);
  } finally {
    remove(file);
  }
}

function probed({
  root,
  stem,
  file,
  before,
  after,
}: {
  readonly root: string;
  readonly stem: string;
  readonly file: string;
  readonly before: number;
  readonly after: number;
}): RootAbilities {
  const { mtimeMs } = lstatSync(file);
  utimesSync(file, probeSeconds, probeSeconds);
  const kept = lstatSync(file);
  // Only whether there is one: on FUSE the same file may have another inode number under each name.
  const isOther = (name: string): boolean =>
    lstatSync(join(root, name), { throwIfNoEntry: false }) === undefined;
  const precisionMs = precisionOf(Math.abs(kept.mtimeMs - probeSeconds * 1000));
  const caseSensitive = isOther(`${stem.toUpperCase()}-\u00e9`);
  return {
    precisionMs,
    caseSensitive,
    normalizationSensitive: isOther(`${stem}-e\u0301`),
    likeFat: isLikeFat({ precisionMs, caseSensitive }, () =>
      hasHardLinks(file, join(root, `${stem}-second`)),
    ),
    clockAheadMs: clockAhead(mtimeMs, { before: before - precisionMs, after }),
    writable: true,
  };
}

/** HFS+ has one case and whole seconds as well, but second names for a file; and other limits. */
export function isLikeFat(
  { precisionMs, caseSensitive }: Pick<RootAbilities, 'precisionMs' | 'caseSensitive'>,
  hardLinks: () => boolean,
): boolean {
  return !caseSensitive && precisionMs >= finestOfFatMs && !hardLinks();
}

function hasHardLinks(file: string, second: string): boolean {
  try {
    linkSync(file, second);
  } catch {
    return false;
  }
  remove(second);
  return true;
}

/** One that stays is a temporary like others: no walk enters it, and a run that changes this side removes it. */
function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // See above.
  }
}

function precisionOf(differenceMs: number): number {
  return knownPrecisions.find((precision) => differenceMs <= precision) ?? differenceMs;
}

/** How far a file's time lies outside of the moments between which it was made; a little is the grain of the clock itself. */
function clockAhead(made: number, { before, after }: { before: number; after: number }): number {
  const grainMs = 20;
  if (made > after + grainMs) return made - after;
  return made < before - grainMs ? made - before : 0;
}

function guessed(root: string): RootAbilities {
  const kind = coarseKinds.get(statfsSync(root).type);
  return {
    precisionMs: kind?.precisionMs ?? finestMs,
    caseSensitive: kind?.caseSensitive ?? true,
    normalizationSensitive: true,
    likeFat: kind !== undefined,
    clockAheadMs: 0,
    writable: false,
  };
}
