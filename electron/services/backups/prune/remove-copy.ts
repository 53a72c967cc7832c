import { isDeepStrictEqual } from 'node:util';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { TargetStore } from '../targets/target-store.ts';
import { changed, removalProblem } from './remove-archive.ts';

/**
 * Removes one archive from a target, if what is there still is what was planned, and looks whether all of it is gone.
 * ARCHIVE_GONE, ARCHIVE_CHANGED, ARCHIVE_PROTECTED, PRUNE_FAILED, and the problems of the target.
 */
export async function removeCopy(store: TargetStore, archive: Archive, signal: AbortSignal): Promise<void> {
  const now = await find(store, archive, signal);
  if (now === undefined)
    throw removalProblem('ARCHIVE_GONE', {
      what: `${archive.name} is not at ${store.name} any more: somebody else has removed it.`,
      next: 'Look at what is there now: sifaka backups discover',
    });
  if (now.protected)
    throw removalProblem('ARCHIVE_PROTECTED', {
      what: `${archive.name} was protected since the plan was made.`,
      next: 'Leave it, or take its protection away and plan again.',
    });
  if (!isDeepStrictEqual(identity(now), identity(archive))) throw changed(archive);
  try {
    await store.remove(now, signal);
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    throw new Problem(
      'PRUNE_FAILED',
      {
        what: `${archive.name} could not be removed from ${store.name}: ${problem.data.what}`,
        state: 'It is there, or a part of it is that nobody takes for an archive any more.',
        next: problem.data.next,
      },
      { cause: error },
    );
  }
  if ((await find(store, archive, signal)) !== undefined)
    throw new Problem('PRUNE_FAILED', {
      what: `${store.name} says that ${archive.name} was removed, and still has some of it.`,
      state: 'It is there, or a part of it is that nobody takes for an archive any more.',
      next: `See why, then prune again: sifaka backups prune --plan`,
    });
}

async function find(store: TargetStore, { id }: Archive, signal: AbortSignal): Promise<Archive | undefined> {
  return (await store.list(signal)).find((one) => one.id === id);
}

function identity({ ctime, sizeBytes, partial, type, vmid, pveCluster }: Archive) {
  return { ctime, sizeBytes, partial, type, vmid, pveCluster };
}
