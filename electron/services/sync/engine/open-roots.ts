import { lstatSync, realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import { isWithin } from '../../durable/real-place.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { byteNameOf } from './byte-names.ts';
import type { ByteName } from './entry.ts';
import { newMarkers, readMarker, writeMarker } from './markers.ts';
import type { RootMarker } from './markers.ts';
import { mountedInside } from './overlap.ts';
import { probeRoot } from './probe-root.ts';
import type { RootAbilities } from './probe-root.ts';
import { logFolderMarkerName } from './reserved-names.ts';
import { placeByMount } from './second-mount.ts';

/** One side of a pair, as it was found. */
export interface Root {
  /** Absolute and real: no part of it is a link. */
  readonly path: string;
  /** The same as bytes, without a `/` at its end, so that `/` and a relative path can follow; empty for `/` itself. */
  readonly bytes: ByteName;
  readonly device: number;
  readonly inode: number;
  readonly marker: RootMarker;
  readonly abilities: RootAbilities;
}

export interface OpenRoots {
  readonly pair: string;
  readonly source: Root;
  readonly destination: Root;
  /** Times that differ by no more are the same: the coarser of the two sides, milliseconds. */
  readonly precisionMs: number;
  /** False when either side cannot tell such names apart. */
  readonly caseSensitive: boolean;
  readonly normalizationSensitive: boolean;
  /** The destination's clock less the source's, milliseconds. */
  readonly skewMs: number;
}

export interface RootsRequest {
  readonly src: string;
  readonly dest: string;
  readonly pair: string;
}

/**
 * Looks at both sides of a pair: they are there, are not one inside the other, and carry the markers of this pair that name
 * each other. Leaves nothing behind on either. SYNC_ROOT_MISSING, SYNC_ROOTS_OVERLAP, SYNC_ROOT_UNMARKED,
 * SYNC_ROOT_OF_ANOTHER.
 */
export async function openRoots(
  { src, dest, pair }: RootsRequest,
  { now = Date.now }: { now?: () => number } = {},
): Promise<OpenRoots> {
  const [source, destination] = placesApart(src, dest);
  const [sourceMarker, destinationMarker] = markersOf(pair, source, destination);
  const sides = [
    { ...source, marker: sourceMarker, abilities: abilitiesOf(source, now) },
    { ...destination, marker: destinationMarker, abilities: abilitiesOf(destination, now) },
  ] as const;
  const [one, other] = [sides[0].abilities, sides[1].abilities];
  return {
    pair,
    source: sides[0],
    destination: sides[1],
    precisionMs: Math.max(one.precisionMs, other.precisionMs),
    caseSensitive: one.caseSensitive && other.caseSensitive,
    normalizationSensitive: one.normalizationSensitive && other.normalizationSensitive,
    skewMs: other.clockAheadMs - one.clockAheadMs,
  };
}

/** One side alone, for work that the other need not be there for. Problems as `openRoots`. */
export function openRoot(
  { path, pair }: { readonly path: string; readonly pair: string },
  { now = Date.now }: { now?: () => number } = {},
): Root {
  const place = placeOf(path);
  const marker = readMarker(place.path);
  if (marker === undefined) throw unmarked(place.path, pair);
  if (marker.pair !== pair) throw ofAnother(place.path, marker.pair, pair);
  return { ...place, marker, abilities: abilitiesOf(place, now) };
}

/**
 * Marks two folders as the sides of a pair; what is marked already stays as it is. One marker alone, as a run that was cut
 * off leaves it, gets its peer. SYNC_ROOT_OF_ANOTHER rather than over the marker of another pair.
 */
export async function initRoots({
  src,
  dest,
  pair,
  now,
}: {
  readonly src: string;
  readonly dest: string;
  readonly pair: string;
  readonly now: Date;
}): Promise<{
  readonly source: string;
  readonly destination: string;
  readonly made: 'both' | 'one' | 'none';
}> {
  const [source, destination] = placesApart(src, dest);
  // A run finds it on its way through all that is in them; whoever marks them should not have to wait for that.
  refuseMountInside(source, destination);
  refuseMountInside(destination, source);
  const found = { source: readMarker(source.path), destination: readMarker(destination.path) };
  for (const [marker, place] of [
    [found.source, source],
    [found.destination, destination],
  ] as const) {
    if (marker !== undefined && marker.pair !== pair) throw ofAnother(place.path, marker.pair, pair);
  }
  const done = { source: source.path, destination: destination.path };
  if (found.source && found.destination) {
    markersOf(pair, source, destination);
    return { ...done, made: 'none' };
  }
  const markers = markersFor(pair, now, found);
  if (!found.source) await write(source.path, markers.source);
  if (!found.destination) await write(destination.path, markers.destination);
  return { ...done, made: found.source || found.destination ? 'one' : 'both' };
}

/** Looks again whether a root is still the folder it was. SYNC_ROOT_LOST. */
export function confirmRoot(root: Root): void {
  let trouble: unknown;
  try {
    if (isStill(root)) return;
  } catch (error) {
    trouble = error;
  }
  throw new Problem(
    'SYNC_ROOT_LOST',
    {
      what: `${root.path} is not the folder any more that it was when this run began, or its marker is gone.`,
      state: 'Nothing was changed after this was noticed.',
      next: 'See whether it is still mounted, then run again.',
    },
    { cause: trouble },
  );
}

function isStill({ path, inode, device, marker }: Root): boolean {
  const about = lstatSync(path);
  const same = about.isDirectory() && about.ino === inode && about.dev === device;
  return same && readMarker(path)?.root === marker.root;
}

interface Place {
  readonly path: string;
  readonly bytes: ByteName;
  readonly device: number;
  readonly inode: number;
}

function placesApart(src: string, dest: string): [Place, Place] {
  const source = placeOf(src);
  const destination = placeOf(dest);
  const overlap =
    isWithin(source.path, destination.path) ||
    isWithin(destination.path, source.path) ||
    liesIn(destination, source.path) ||
    liesIn(source, destination.path);
  if (!overlap) return [source, destination];
  throw new Problem('SYNC_ROOTS_OVERLAP', {
    what: `${source.path} and ${destination.path} are the same folder, or one lies in the other.`,
    state: 'Nothing was changed.',
    next: 'Name two folders that have nothing in common.',
  });
}

function refuseMountInside(inside: Place, around: Place): void {
  const at = placeByMount(inside, around);
  if (at !== undefined) throw mountedInside(inside.path, around.path, at);
}

function placeOf(path: string): Place {
  try {
    const real = realpathSync.native(path);
    const about = statSync(real);
    if (!about.isDirectory()) throw missing(path, 'is not a folder');
    if (lstatSync(`${real}/${logFolderMarkerName}`, { throwIfNoEntry: false }) !== undefined) {
      throw new Problem('SYNC_ROOTS_OVERLAP', {
        what: `${real} is a log folder of syncs.`,
        state: 'Nothing was changed.',
        next: `Name another folder. If this is none, remove ${join(real, logFolderMarkerName)}, and name another log folder.`,
      });
    }
    return { path: real, bytes: byteNameOf(real === '/' ? '' : real), device: about.dev, inode: about.ino };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw missing(path, `cannot be opened (${systemErrorCode(error) ?? 'unknown error'})`, error);
  }
}

function abilitiesOf({ path }: Place, now: () => number): RootAbilities {
  try {
    return probeRoot(path, now);
  } catch (error) {
    throw missing(
      path,
      `does not say what kind of file system it is on (${systemErrorCode(error) ?? 'unknown error'})`,
      error,
    );
  }
}

function missing(path: string, why: string, cause?: unknown): Problem {
  return new Problem(
    'SYNC_ROOT_MISSING',
    {
      what: `${path} ${why}.`,
      state: 'Nothing was changed.',
      next: 'See whether it is mounted, and its name.',
    },
    { cause },
  );
}

/** Whether a folder is one of those above a path, or the same: another mount of it has another name, but the same inode. */
function liesIn(folder: Place, path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const about = statOf(at);
    if (about.dev === folder.device && about.ino === folder.inode) return true;
    if (dirname(at) === at) return false;
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw missing(path, `cannot be looked at (${systemErrorCode(error) ?? 'unknown error'})`, error);
  }
}

function markersOf(pair: string, source: Place, destination: Place): [RootMarker, RootMarker] {
  const [one, other] = [readMarker(source.path), readMarker(destination.path)];
  if (one && one.pair !== pair) throw ofAnother(source.path, one.pair, pair);
  if (other && other.pair !== pair) throw ofAnother(destination.path, other.pair, pair);
  if (!one || !other) {
    if (one || other) throw unmarked(one ? destination.path : source.path, pair);
    throw unmarked(`${source.path} has no marker, and ${destination.path}`, pair);
  }
  if (one.root === other.peer && other.root === one.peer) return [one, other];
  const same = one.root === other.root;
  throw new Problem(same ? 'SYNC_ROOTS_OVERLAP' : 'SYNC_ROOT_OF_ANOTHER', {
    what: same
      ? `${source.path} and ${destination.path} carry the same marker: they are one folder, or one is a copy of the other with its marker.`
      : `${source.path} and ${destination.path} are marked for the pair ${pair}, but not with each other.`,
    state: 'Nothing was changed.',
    next: 'See whether both are the right folders. If they are, remove .sifaka-sync.json from both and mark them again with `sifaka sync init`.',
  });
}

function unmarked(path: string, pair: string): Problem {
  return new Problem('SYNC_ROOT_UNMARKED', {
    what: `${path} has no marker of the pair ${pair}.`,
    state: 'Nothing was changed.',
    next: `If it is the right folder and everything is mounted, mark the pair once: sifaka sync init --src … --dest … --pair ${pair}`,
  });
}

function ofAnother(path: string, has: string, wanted: string): Problem {
  return new Problem('SYNC_ROOT_OF_ANOTHER', {
    what: `${path} is marked for the pair ${has}, not ${wanted}.`,
    state: 'Nothing was changed.',
    next: `Name the pair that it belongs to. If it is to belong to ${wanted} from now on, remove .sifaka-sync.json from both sides of ${has} first.`,
  });
}

function markersFor(
  pair: string,
  now: Date,
  found: { source: RootMarker | undefined; destination: RootMarker | undefined },
): { source: RootMarker; destination: RootMarker } {
  const made = newMarkers(pair, now);
  const known = found.source ?? found.destination;
  if (!known) return made;
  const peer = { ...made.source, root: known.peer, peer: known.root };
  return found.source ? { source: known, destination: peer } : { source: peer, destination: known };
}

async function write(path: string, marker: RootMarker): Promise<void> {
  let written: boolean;
  try {
    written = await writeMarker(path, marker);
  } catch (error) {
    throw missing(path, `cannot be marked (${systemErrorCode(error) ?? 'unknown error'})`, error);
  }
  if (!written) {
    throw new Problem('SYNC_ROOT_OF_ANOTHER', {
      what: `${path} was marked by something else at this moment.`,
      state: 'It was left as it is.',
      next: 'Run `sifaka sync init` again.',
    });
  }
}
