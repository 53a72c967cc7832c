import { asProblem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import type { PairDirection } from '../../../../shared/sync-directions.ts';
import type { RootIds } from '../engine/root-ids.ts';
import { isBlocked, readBlocked } from '../runs/blocked.ts';

/**
 * Why a direction of a pair may not run, or nothing; what nobody can read holds both back, as it does for a run. A log folder
 * that cannot be read is told elsewhere: it is of no one pair. The sides are looked at only where something blocks the pair.
 */
export async function blockedBy(
  rootIds: RootIds,
  logFolder: string,
  pair: string,
  direction: Pick<PairDirection, 'name' | 'src'>,
): Promise<ProblemRecord | undefined> {
  try {
    const blocked = await readBlocked(logFolder, pair);
    if (blocked === undefined || (await isFailed(rootIds, blocked, direction))) return undefined;
    return isBlocked(blocked, direction.name, logFolder).toRecord();
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return problem.code === 'SYNC_BLOCKED' ? problem.toRecord() : undefined;
  }
}

/**
 * As a run judges it: by the source's own id, since a timer may call the direction otherwise, or know the folder by another
 * path. Where that cannot be read, or not in time, no run is made anyway, and what it is called is the next best.
 */
async function isFailed(
  rootIds: RootIds,
  blocked: SyncBlocked,
  { name, src }: Pick<PairDirection, 'name' | 'src'>,
): Promise<boolean> {
  const source = await rootIds.of(src);
  if (source !== undefined) return source === blocked.source;
  return blocked.direction === name || blocked.src === src;
}
