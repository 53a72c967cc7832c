import { randomUUID } from 'node:crypto';
import { isMissing } from '../../../electron/services/durable/system-error.ts';
import type { ByteName, Entry } from '../../../electron/services/sync/engine/entry.ts';
import { FolderChain, splitPath } from '../../../electron/services/sync/engine/folder-chain.ts';
import { lookAt } from '../../../electron/services/sync/engine/look-at.ts';
import type { PlannedOperation, SyncPlan } from '../../../electron/services/sync/engine/sync-plan.ts';
import { endlessDeadline } from '../../../electron/services/sync/lock/lock-deadline.ts';
import type { SyncLock } from '../../../electron/services/sync/lock/sync-lock.ts';
import type { SyncIteration } from '../../../shared/schemas/sync-record.ts';

/** The two sides of a pair, absolute. */
interface Sides {
  readonly src: string;
  readonly dest: string;
}

/** A plan of what the test names, with what lies on both sides now. Latin-1 paths. */
export function planOf(
  { src, dest }: Sides,
  changes: readonly { readonly take?: ByteName; readonly drop?: ByteName }[],
  more: Partial<SyncPlan> = {},
): SyncPlan {
  const operations = changes.map((change): PlannedOperation => {
    const path = change.take ?? change.drop ?? '';
    const source = change.take === undefined ? undefined : seen(src, path);
    const destination = seen(dest, path);
    const about = source ?? destination;
    if (!about || about.kind === 'special') throw new Error(`nothing to plan at ${path}`);
    return {
      operation: source ? (destination ? 'update' : 'create') : 'delete',
      kind: about.kind,
      path,
      reason: source ? (destination ? 'newer' : 'missing') : 'deleted-at-source',
      conflict: false,
      ...(source && { source }),
      ...(destination && { destination }),
    };
  });
  const counts = {
    source: 0,
    destination: 0,
    common: 0,
    equal: 0,
    creates: 0,
    updates: 0,
    deletes: 0,
    bytes: 0,
  };
  return {
    operations,
    alignments: [],
    notices: [],
    counts,
    digest: '',
    temporaries: [],
    staying: [],
    stayingTotal: 0,
    ...more,
  };
}

export function seen(root: string, path: ByteName): Entry | undefined {
  const { folder, name } = splitPath(path);
  const folders = new FolderChain(root);
  try {
    return lookAt(folders.folder(folder).at(name));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  } finally {
    folders.close();
  }
}

export function newIteration({ src, dest }: Sides): SyncIteration {
  return {
    iteration_uid: randomUUID(),
    sync_pair: 'test',
    direction: 'fwd',
    src,
    dest,
    started_at: new Date().toISOString(),
    ended_at: null,
    status: 'running',
    dry_run: false,
    files_created: 0,
    files_updated: 0,
    files_deleted: 0,
    files_skipped: 0,
    files_failed: 0,
    total_bytes_transferred: 0,
    error_message: null,
  };
}

export function heldLock(): Pick<SyncLock, 'deadline' | 'confirm' | 'lost'> {
  return {
    deadline: endlessDeadline(),
    confirm: () => Promise.resolve(),
    lost: new AbortController().signal,
  };
}
