import { randomUUID } from 'node:crypto';
import { asProblem } from '../../../../shared/problem.ts';
import type { SyncResumeReport, SyncResumeRequest } from '../../../../shared/schemas/sync-commands.ts';
import type { SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import { withOpenFilesWords } from '../engine/open-files.ts';
import { clearBlocked, readBlocked } from './blocked.ts';
import { findLogFolder } from './log-folder.ts';
import type { SyncRunPorts } from './run-ports.ts';

/** Clears what blocks a pair, under its lock, so that no run that is failing just now is overlooked. SYNC_LOCK_*. */
export async function resumePair(
  { pair, logDir, lockTtlSeconds }: SyncResumeRequest,
  { takeLock, hostName }: Pick<SyncRunPorts, 'takeLock' | 'hostName'>,
  { signal }: { signal: AbortSignal },
): Promise<SyncResumeReport> {
  await findLogFolder(logDir);
  const holder = `${hostName}/${randomUUID()}`;
  const lock = await takeLock({ pair, holder, ttlSeconds: lockTtlSeconds, logDir }, { signal }).catch(
    (error: unknown) => {
      throw withOpenFilesWords(error);
    },
  );
  try {
    const blocked = await readable(logDir, pair);
    const cleared = await clearBlocked(logDir, pair);
    return { pair, ...(blocked === undefined ? {} : { blocked }), cleared };
  } finally {
    await lock.release();
  }
}

/** A state file that cannot be read is cleared like any other. */
async function readable(logDir: string, pair: string): Promise<SyncBlocked | undefined> {
  try {
    return await readBlocked(logDir, pair);
  } catch (error) {
    if (asProblem(error)?.code === 'SYNC_BLOCKED') return undefined;
    throw error;
  }
}
