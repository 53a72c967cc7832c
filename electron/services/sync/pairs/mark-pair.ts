import type { SyncPairMarks } from '../../../../shared/schemas/sync-commands.ts';
import { directionsOf } from '../../../../shared/sync-directions.ts';
import { initRoots } from '../engine/open-roots.ts';
import type { SyncServiceParts } from '../parts.ts';
import { labPair } from './lab-pairs.ts';

/** Writes the marks of a pair into both of its folders. SYNC_PAIR_UNKNOWN, SYNC_ROOT_OF_ANOTHER, SYNC_ROOTS_OVERLAP, SYNC_ROOT_MISSING. */
export async function markPair(parts: SyncServiceParts, name: string): Promise<SyncPairMarks> {
  const { pair } = await labPair(parts, name);
  const [direction] = directionsOf(pair);
  if (direction === undefined) throw new Error('a pair that was parsed has two sides');
  const { src, dest, from, to } = direction;
  const { source, destination } = await initRoots({ src, dest, pair: name, now: parts.clock.now() });
  await parts.lab.appendToLogbook({
    project: 'sync',
    summary: `Sync: both folders of the pair ${name} were marked`,
    details: [`${from}: ${source}`, `${to}: ${destination}`],
    affectedResources: [name],
  });
  return {
    pair: name,
    sides: [
      { side: from, folder: source },
      { side: to, folder: destination },
    ],
  };
}
