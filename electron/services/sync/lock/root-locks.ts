import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../jobs/process-identity.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { FolderChain } from '../engine/folder-chain.ts';
import { trashName } from '../engine/reserved-names.ts';
import { type FileLockHolder, readHolder, removeHolder, writeHolder } from './file-lock-holder.ts';
import { lockTaken } from './lock-problems.ts';
import { hasLocks, lockFileIn, type OsLock, takeOsLock } from './os-lock.ts';
import type { LockedRoot } from './sync-lock.ts';

/** Below the trash, which no walk enters and no iteration is named like. */
const lockFolder = 'lock';
const forOwner = 0o700;

export interface RootLocks {
  readonly locks: readonly OsLock[];
  /** Of roots that cannot be locked: a sentence each. */
  readonly notes: readonly string[];
  /** Gives them back; never throws. */
  release(): Promise<void>;
}

/**
 * The log folder's lock keeps out whoever uses the same log folder. What a run changes, what it finds of one that was killed
 * and what it keeps lies in the roots, so it has a lock in each of them too. A root that cannot be written, or whose file
 * system has no locks, is told of and not locked. SYNC_LOCK_TAKEN; then none of them is held.
 */
export async function takeRootLocks(
  pair: string,
  roots: readonly LockedRoot[],
  holder: FileLockHolder,
  identity: ProcessIdentity,
): Promise<RootLocks> {
  const held: { readonly lock: OsLock; readonly folder: string }[] = [];
  const notes: string[] = [];
  const release = async () => {
    for (const { lock, folder } of held) {
      // While the lock is held: afterwards it is the next holder's.
      if (lock.isOpen) await removeHolder(folder, pair).catch(() => undefined);
      lock.close();
    }
  };
  // Both directions ask in one order: of two that begin at once one goes on.
  for (const { path } of roots.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const folder = join(path, trashName, lockFolder);
    let lock: OsLock | undefined;
    try {
      makeLockFolder(path, pair);
      lock = await takeOsLock(lockFileIn(folder, pair));
      if (lock === undefined && !(await hasLocks(folder))) throw new Error('its file system has no locks');
    } catch (error) {
      notes.push(notLocked(path, error));
      continue;
    }
    if (lock === undefined) {
      await release();
      const found = await readHolder(folder, pair, identity);
      throw lockTaken(pair, found && { name: found.holder, since: found.since }, onePlace(path));
    }
    held.push({ lock, folder });
    // It says who has it and decides nothing: where the folder is read-only there is no such file.
    await writeHolder(folder, pair, holder).catch(() => undefined);
  }
  return { locks: held.map(({ lock }) => lock), notes, release };
}

/** Nothing on the way may be a link: SQLite would follow it. */
function makeLockFolder(root: string, pair: string): void {
  const folders = new FolderChain(root);
  try {
    const folder = folders.folder(`${trashName}/${lockFolder}`, { make: forOwner });
    const file = lstatSync(folder.at(`lock-${pair}.sqlite`), { throwIfNoEntry: false });
    if (file !== undefined && !file.isFile()) throw new Error('something that is not a file is in its place');
  } finally {
    folders.close();
  }
}

function notLocked(path: string, error: unknown): string {
  const reason = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
  return `${path} has no lock of its own (${reason}): only the lock in the log folder keeps other runs of this pair away. Use one log folder for both directions and on all machines.`;
}

function onePlace(path: string): string {
  return `Wait until that run has ended; it has the lock in ${path}. A pair has one log folder for both directions and on all machines: see that both runs name the same one.`;
}
