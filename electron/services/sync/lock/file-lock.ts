import { dirname } from 'node:path';
import { isFull, roomForLogs } from '../engine/system-words.ts';
import { createProcessIdentity } from '../../jobs/process-identity.ts';
import { readHolder, removeHolder, writeHolder } from './file-lock-holder.ts';
import { endDeadline, endlessDeadline } from './lock-deadline.ts';
import { lockLost, lockTaken, lockUnavailable } from './lock-problems.ts';
import { lockFileIn, noLockFileIn, type OsLock, takeOsLock } from './os-lock.ts';
import { type RootLocks, takeRootLocks } from './root-locks.ts';
import type { TakeSyncLock } from './sync-lock.ts';

/**
 * The lock outside a cluster: an open transaction on an empty SQLite file `lock-<pair>.sqlite` in the log folder, which is
 * a lock of the operating system on that file (fcntl(2), LockFileEx). It ends with the process, however that ends, so it
 * needs no deadline, and nobody has to judge whether a holder is alive. Who holds it stands beside it in `lock-<pair>.json`.
 * The roots that are named get one of the same kind each, against runs with another log folder.
 *
 * The file stays when the lock is given back: of two who lock a file that is removed and made again, each could have one.
 * Nothing else may open it: closing any descriptor of it would end the lock of this process.
 */
export const takeFileLock: TakeSyncLock = async ({ pair, holder, logDir, roots = [] }, { signal }) => {
  signal.throwIfAborted();
  const file = lockFileIn(logDir, pair);
  const identity = createProcessIdentity();
  const lock = await takeOsLock(file).catch((error: unknown) => {
    throw unusable(file, error);
  });
  if (lock === undefined) {
    const found = await readHolder(logDir, pair, identity);
    const other = found && { name: found.holder, since: found.since };
    throw lockTaken(pair, other, 'Wait until that run has ended. The lock ends with its process.');
  }
  const said = { holder, since: new Date().toISOString(), owner: identity.self };
  let rootLocks: RootLocks;
  try {
    await writeHolder(logDir, pair, said).catch((error: unknown) => {
      throw unusable(file, error);
    });
    rootLocks = await takeRootLocks(pair, roots, said, identity);
  } catch (error) {
    await removeHolder(logDir, pair).catch(() => undefined);
    lock.close();
    throw error;
  }
  const deadline = endlessDeadline();
  const lost = new AbortController();
  return {
    deadline,
    lost: lost.signal,
    notes: rootLocks.notes,
    async confirm() {
      lost.signal.throwIfAborted();
      const replaced = await firstReplaced([lock, ...rootLocks.locks]);
      if (replaced === undefined) return;
      const problem = lockLost(pair, `its file ${replaced.file} was removed or replaced.`);
      endDeadline(deadline);
      lost.abort(problem);
      throw problem;
    },
    async release() {
      endDeadline(deadline);
      if (!lock.isOpen) return;
      await rootLocks.release();
      // While the lock is held: afterwards it is the next holder's.
      await removeHolder(logDir, pair).catch(() => undefined);
      lock.close();
    },
  };
};

async function firstReplaced(locks: readonly OsLock[]): Promise<OsLock | undefined> {
  for (const lock of locks) if (await lock.isReplaced()) return lock;
  return undefined;
}

function unusable(file: string, error: unknown): Error {
  if (isFull(error))
    return lockUnavailable(
      {
        what: `${file} cannot be locked: the disk of the log folder is full.`,
        next: roomForLogs(dirname(file)),
      },
      error,
    );
  const reason = error instanceof Error ? error.message : String(error);
  const other = noLockFileIn(file, error);
  if (other !== undefined)
    return lockUnavailable(
      {
        what: `${other} is not a lock file.`,
        next: 'See what wrote it, and remove it while nothing syncs this pair.',
      },
      error,
    );
  return lockUnavailable(
    {
      what: `${file} cannot be locked: ${reason}.`,
      next: 'Make sure that the log folder is there and that this user may write in it.',
    },
    error,
  );
}
