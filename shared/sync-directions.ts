import type { SyncPair } from './schemas/sync-pairs.ts';

/** One of the two ways over a pair. */
export interface PairDirection {
  /** As in `dell-to-hp`: what it is called in rows, opslogs and addresses. */
  readonly name: string;
  /** What the sides are called. */
  readonly from: string;
  readonly to: string;
  readonly src: string;
  readonly dest: string;
  readonly deleteMissing: boolean;
}

/** Both directions of a pair, that from its first side first. A pair that was parsed has two sides. */
export function directionsOf({ sides, deleteMissing }: SyncPair): PairDirection[] {
  const [first, second] = Object.entries(sides);
  if (first === undefined || second === undefined) return [];
  return [
    [first, second],
    [second, first],
  ].flatMap(([from, to]) => {
    if (from === undefined || to === undefined) return [];
    const name = `${from[0]}-to-${to[0]}`;
    return [
      { name, from: from[0], to: to[0], src: from[1], dest: to[1], deleteMissing: deleteMissing === name },
    ];
  });
}
