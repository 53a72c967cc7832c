import type { ByteName, Entry } from './entry.ts';
import { type Intent, readIntents } from './intents.ts';
import { stepOf } from './rows.ts';

/** A folder that an iteration made and did not come to give its mode and time: it was cut off before all was in it. */
export interface LeftFolder {
  readonly path: ByteName;
  /** What it was to be like. */
  readonly source: Entry;
}

/** Whether an intent is of a folder that was made empty, and not of one that was put there as a whole. */
export function makesFolderAnew({ operation, kind, from }: Intent): boolean {
  return operation !== 'delete' && kind === 'folder' && from === null;
}

/** Those of some iterations, what lies in a folder before the folder itself. */
export function leftFolders(root: string, iterations: readonly string[]): LeftFolder[] {
  const left: LeftFolder[] = [];
  for (const iteration of iterations) {
    for (const intent of readIntents(root, iteration, 'last-to-first')) {
      const { path, source } = stepOf(intent).planned;
      const { mode, uid, gid } = intent.after ?? {};
      // Where a line lacks one of them nobody knows what the folder was to be like.
      if ([mode, uid, gid].includes(undefined)) continue;
      if (makesFolderAnew(intent) && source) left.push({ path, source });
    }
  }
  return left;
}
