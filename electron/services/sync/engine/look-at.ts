import { lstatSync } from 'node:fs';
import type { Entry } from './entry.ts';
import type { NativePath } from './folder-chain.ts';
import { entryOf } from './read-folder.ts';

/** What lies under a name, itself and not what it leads to; `undefined` when nothing does. */
export function lookAt(path: NativePath): Entry | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && entryOf(stats);
}

/** What makes an entry the one that was looked at before. */
export type Seen = Pick<Entry, 'kind' | 'size' | 'mtimeMs' | 'inode'>;

/**
 * Whether this is still what was seen under the name. Folders only have to be folders: their size and time change with what
 * is in them. `steadyInodes` is false where numbers are made up anew (FAT and exFAT through FUSE).
 */
export function isStill(
  seen: Seen,
  now: Seen | undefined,
  { steadyInodes }: { steadyInodes: boolean },
): boolean {
  if (now?.kind !== seen.kind || (steadyInodes && now.inode !== seen.inode)) return false;
  return seen.kind === 'folder' || (now.size === seen.size && now.mtimeMs === seen.mtimeMs);
}
