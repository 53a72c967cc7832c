import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyncGcReport, SyncGcRequest } from '../../../../shared/schemas/sync-commands.ts';
import { iterationIdSchema } from '../../../../shared/schemas/sync-names.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { markerName, trashName } from '../engine/reserved-names.ts';
import type { StoredIteration } from '../store/audit-store.ts';
import type { SyncRunPorts } from './run-ports.ts';

/** Of runs that changed something, more than a minute's schedule makes in a year. */
const lookedAt = 600_000;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Drops rows of operations that are older than `retainDays`, but those of the last dry runs and of runs that can be undone:
 * their trash is still there, or the side that has it cannot be looked at. SYNC_STORE_UNAVAILABLE, SYNC_STORE_NEWER.
 */
export async function gcRecords(
  { logDir, retainDays }: SyncGcRequest,
  { clock, openStore }: Pick<SyncRunPorts, 'clock' | 'openStore'>,
): Promise<SyncGcReport> {
  const before = new Date(clock.now().getTime() - retainDays * dayMilliseconds);
  const store = openStore(logDir);
  try {
    // Those whose rows are old enough to go; what changed nothing can be dropped from anywhere.
    const iterations = await store.iterations({ dryRun: false, before, changing: true, limit: lookedAt });
    const { keep, unseen } = await undoable(iterations);
    const dropped = await store.dropOperations(before, keep);
    return { dropped, before: before.toISOString(), kept: keep.size, unseen };
  } finally {
    await store.close();
  }
}

async function undoable(
  iterations: readonly StoredIteration[],
): Promise<{ keep: Set<string>; unseen: string[] }> {
  const keep = new Set<string>();
  const unseen: string[] = [];
  for (const [dest, ofDest] of Map.groupBy(iterations, (iteration) => iteration.dest)) {
    const inTrash = await trashedIterations(dest);
    if (inTrash === undefined) unseen.push(dest);
    for (const uid of inTrash ?? ofDest.map((one) => one.iteration_uid)) keep.add(uid);
  }
  return { keep, unseen };
}

/** The iterations that have something in the trash of a side; `undefined` when the side is not there, or is not marked. */
async function trashedIterations(dest: string): Promise<string[] | undefined> {
  try {
    if (!(await readdir(dest)).includes(markerName)) return undefined;
    const names = (await readdir(join(dest, trashName))).map((name) => name.replace(/\.jsonl?$/, ''));
    return names.filter((name) => iterationIdSchema.safeParse(name).success);
  } catch (error) {
    // The side was just read: it has no trash.
    return systemErrorCode(error) === 'ENOENT' && (await isFolder(dest)) ? [] : undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  );
}
