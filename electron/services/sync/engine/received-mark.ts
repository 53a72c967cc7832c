import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { FolderChain } from './folder-chain.ts';
import { trashName } from './reserved-names.ts';
import { trashMode } from './trash.ts';

/** An empty file in a root's trash: a pass of its pair has had this root as its destination. */
const receivedName = 'received';

/**
 * Whether a pass to this root was ever brought to its end. It is noted in the root itself, where the pass may write, so that it
 * is still known when the log folder is lost, and can be read where the root is a source that nobody may write to.
 */
export function hasReceived(root: string): boolean {
  return existsSync(join(root, trashName, receivedName));
}

/** The system's error; EEXIST when it is there already. */
export function markReceived(root: string): void {
  const folders = new FolderChain(root);
  try {
    closeSync(openSync(folders.folder(trashName, { make: trashMode }).at(receivedName), 'wx', 0o600));
  } finally {
    folders.close();
  }
}
