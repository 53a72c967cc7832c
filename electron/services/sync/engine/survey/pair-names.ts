import { foldedName } from '../byte-names.ts';
import type { ByteName } from '../entry.ts';
import { isReserved, isTemporaryName, logFolderMarkerName, markerName } from '../reserved-names.ts';

/** The names of one folder on two sides. */
export interface PairedNames {
  readonly common: readonly ByteName[];
  readonly source: readonly ByteName[];
  readonly destination: readonly ByteName[];
}

/** Lists of the same names in the same order, as two file systems of a kind often give, cost one comparison a name. */
export function pairNames(source: readonly ByteName[], destination: readonly ByteName[]): PairedNames {
  if (source.length === destination.length && source.every((name, at) => name === destination[at])) {
    return { common: source, source: [], destination: [] };
  }
  const others = new Set(destination);
  const [common, alone]: [ByteName[], ByteName[]] = [[], []];
  for (const name of source) (others.delete(name) ? common : alone).push(name);
  return { common, source: alone, destination: [...others] };
}

/** The names that are synced, those that are not, and whether this is a log folder. */
export function syncedNames(names: ByteName[]): {
  readonly synced: readonly ByteName[];
  readonly reserved: boolean;
  readonly temporaries: readonly ByteName[];
  readonly logFolder: boolean;
  readonly marked: boolean;
} {
  // Looked for first: almost no folder has one, and then its list is not made again.
  if (!names.some((name) => isReserved(name) || name === logFolderMarkerName)) {
    return { synced: names, reserved: false, temporaries: [], logFolder: false, marked: false };
  }
  return {
    synced: names.filter((name) => !isReserved(name)),
    reserved: names.some(isReserved),
    temporaries: names.filter(isTemporaryName),
    logFolder: names.includes(logFolderMarkerName),
    marked: names.includes(markerName),
  };
}

/** A name that a side cannot keep apart from another one of the same folder. */
export interface Collision {
  readonly other: ByteName;
  /** Each side has only one of the two, as after a rename that changed nothing but the case: where this one is. */
  readonly onlyAt?: 'source' | 'destination';
}

/** The names that a side cannot keep apart from another one of the same folder, with that other one. */
export function collisions(
  { common, source, destination }: PairedNames,
  sensitive: { readonly case: boolean; readonly normalization: boolean },
): ReadonlyMap<ByteName, Collision> {
  const first = new Map<string, ByteName>();
  const alike = new Map<ByteName, ByteName[]>();
  for (const name of [...common, ...source, ...destination]) {
    const folded = foldedName(name, sensitive);
    const other = first.get(folded);
    if (other === undefined) first.set(folded, name);
    else if (!alike.get(other)?.push(name)) alike.set(other, [name]);
  }
  const colliding = new Map<ByteName, Collision>();
  if (alike.size === 0) return colliding;
  const [atSource, atDestination] = [new Set(source), new Set(destination)];
  for (const [name, others] of alike) {
    const [other = name, ...more] = others;
    const apart = more.length === 0 && atSource.has(name) && atDestination.has(other);
    colliding.set(name, apart ? { other, onlyAt: 'source' } : { other });
    for (const one of others)
      colliding.set(one, apart ? { other: name, onlyAt: 'destination' } : { other: name });
  }
  return colliding;
}

export function without(names: PairedNames, left: ReadonlyMap<ByteName, unknown>): PairedNames {
  const stays = (name: ByteName): boolean => !left.has(name);
  return {
    common: names.common.filter(stays),
    source: names.source.filter(stays),
    destination: names.destination.filter(stays),
  };
}
