import { systemErrorCode } from '../../../durable/system-error.ts';
import { below, isPlain } from '../byte-names.ts';
import type { ByteName } from '../entry.ts';
import { namesIn } from '../read-folder.ts';
import type { Findings, Trouble } from './findings.ts';
import { collisions, pairNames, syncedNames, without } from './pair-names.ts';
import type { PairedNames } from './pair-names.ts';
import type { FolderTask, WalkRequest } from './walk-request.ts';

/** A folder that is being looked at, and how far it has been. */
export interface OpenFolder extends PairedNames {
  readonly path: ByteName;
  readonly on: FolderTask['on'];
  /** What comes before a name: relative, and absolute on both sides. */
  readonly prefix: ByteName;
  readonly sourcePrefix: ByteName;
  readonly destinationPrefix: ByteName;
  /** Whether all of these are ASCII. */
  readonly plain: boolean;
  at: number;
}

/**
 * The names of a folder on the sides where it is, paired. What keeps it from being looked at, or a name of it, is put into
 * `found`; `undefined` when nothing of it is to be looked at.
 */
export function openFolder(
  { on, path }: FolderTask,
  request: WalkRequest,
  found: Findings,
): OpenFolder | undefined {
  const { source, destination } = request;
  const names = { source: [] as ByteName[], destination: [] as ByteName[] };
  // An empty folder costs something, too.
  found.entries += 1;
  for (const side of ['source', 'destination'] as const) {
    if (on !== 'both' && on !== side) continue;
    try {
      names[side] = namesIn(`${request[side].bytes}/${path}`);
    } catch (error) {
      found.troubles.push(troubleOf(path, side, error));
      return undefined;
    }
  }
  const [ofSource, ofDestination] = [syncedNames(names.source), syncedNames(names.destination)];
  for (const name of ofDestination.temporaries) found.temporaries.push(below(path, name));
  if (ofSource.logFolder || ofDestination.logFolder) {
    found.troubles.push({ kind: 'excluded', path, side: 'both' });
    return undefined;
  }
  if (path !== '') {
    if (ofSource.marked) found.troubles.push({ kind: 'marked', path, side: 'source' });
    if (ofDestination.marked) found.troubles.push({ kind: 'marked', path, side: 'destination' });
  }
  if (on === 'destination' && ofDestination.reserved) {
    found.troubles.push({ kind: 'holds-reserved', path, side: 'destination' });
  }
  const prefix = path === '' ? '' : `${path}/`;
  return {
    ...apart(prefix, pairNames(ofSource.synced, ofDestination.synced), request, found),
    path,
    on,
    prefix,
    sourcePrefix: `${source.bytes}/${prefix}`,
    destinationPrefix: `${destination.bytes}/${prefix}`,
    plain: isPlain(source.bytes) && isPlain(destination.bytes) && isPlain(prefix),
    at: 0,
  };
}

/** Leaves out the names that one of the sides cannot tell apart. */
function apart(
  prefix: ByteName,
  names: PairedNames,
  { caseSensitive, normalizationSensitive }: WalkRequest,
  found: Findings,
): PairedNames {
  if (caseSensitive && normalizationSensitive) return names;
  const colliding = collisions(names, { case: caseSensitive, normalization: normalizationSensitive });
  if (colliding.size === 0) return names;
  for (const [name, { other, onlyAt = 'both' }] of colliding) {
    found.troubles.push({
      kind: 'name-collision',
      path: prefix + name,
      side: onlyAt,
      detail: prefix + other,
    });
  }
  return without(names, colliding);
}

/** What the system said of a path; throws what is no answer of the system. */
export function troubleOf(path: ByteName, side: Trouble['side'], error: unknown): Trouble {
  const code = systemErrorCode(error);
  if (code === undefined) throw error;
  const gone = code === 'ENOENT' || code === 'ENOTDIR';
  return { kind: gone ? 'vanished' : 'unreadable', path, side, detail: code };
}
