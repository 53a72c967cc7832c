import { posix, win32 } from 'node:path';
import type { SyncPair, SyncPairsFile } from '../../../shared/schemas/sync-pairs.ts';
import { directionsOf } from '../../../shared/sync-directions.ts';

interface ReferenceMistake {
  readonly path: readonly PropertyKey[];
  /** Continues "<path> …". */
  readonly message: string;
}

interface Side {
  readonly pair: string;
  readonly name: string;
  readonly folder: string;
}

/**
 * What is wrong between the parts of the file. Folders are compared by their words alone: whether two of them are one place
 * after all is seen where they are, before every run.
 */
export function pairReferenceMistakes({ pairs }: SyncPairsFile): ReferenceMistake[] {
  const sides = Object.entries(pairs).flatMap(([pair, { sides: named }]) =>
    Object.entries(named).map(([name, folder]): Side => ({ pair, name, folder: plainPath(folder) })),
  );
  return [
    ...Object.entries(pairs).flatMap(([name, pair]) => directionMistakes(pair, ['pairs', name])),
    ...sides.flatMap((side, index) => overlapMistakes(side, sides.slice(0, index))),
  ];
}

function directionMistakes(pair: SyncPair, path: readonly PropertyKey[]): ReferenceMistake[] {
  const names = directionsOf(pair).map(({ name }) => name);
  if (pair.deleteMissing === undefined || names.includes(pair.deleteMissing)) return [];
  return [{ path: [...path, 'deleteMissing'], message: `must be ${names.join(' or ')}` }];
}

function overlapMistakes(side: Side, before: readonly Side[]): ReferenceMistake[] {
  const other = before.find(({ folder }) => isIn(folder, side.folder) || isIn(side.folder, folder));
  if (other === undefined) return [];
  const how =
    other.folder === side.folder
      ? 'is the folder of'
      : isIn(side.folder, other.folder)
        ? 'has in it'
        : 'lies in';
  return [
    {
      path: ['pairs', side.pair, 'sides', side.name],
      message: `${how} the side ${other.name} of ${other.pair === side.pair ? 'this pair' : `the pair ${other.pair}`}`,
    },
  ];
}

/** Without `..`, doubled or last slashes; of the system that the path is written for, which may be another than this one. */
function plainPath(path: string): string {
  const plain = path.startsWith('/') ? posix.normalize(path) : win32.normalize(path).toLowerCase();
  return plain.length > 1 ? plain.replace(/[\\/]$/, '') : plain;
}

/** Whether `inner` is `outer` or lies in it. */
function isIn(outer: string, inner: string): boolean {
  return inner === outer || outer === '/' || inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}\\`);
}
