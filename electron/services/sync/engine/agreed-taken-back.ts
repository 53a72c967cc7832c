import { AgreedFile } from './agreed-file.ts';
import { agreedFile, digestOfRecord, writeRecord } from './agreed-records.ts';
import type { AgreedEntry, AgreedName } from './agreed-records.ts';
import { folderOf, nameIn } from './byte-names.ts';
import type { ByteName } from './entry.ts';
import type { Root } from './open-roots.ts';

/** No file has this size: whatever either side has under the name is not what was agreed on. */
const takenBack: AgreedEntry = { kind: 'file', size: -1, mtimeMs: 0 };

export function isTakenBack({ size }: AgreedEntry): boolean {
  return size === takenBack.size;
}

/**
 * Notes in the agreed state that these paths are about to be taken away or put back by an undo: that one side lacks them then
 * says nothing about what somebody deleted, and no pass may delete them on the other. A pass that finds both sides the same, or
 * makes them the same, forgets it. Before the undo begins, so that a kill leaves a note too many and not one too few. Throws
 * whatever is wrong with the file.
 */
export function noteTakenBack(
  { logDir, pair, root }: { readonly logDir: string; readonly pair: string; readonly root: Root },
  paths: Iterable<ByteName>,
): void {
  const byFolder = Map.groupBy(paths, folderOf);
  if (byFolder.size === 0) return;
  const file = new AgreedFile(agreedFile(logDir, pair), [root.marker.root, root.marker.peer]);
  try {
    const rows = [...byFolder].map(([path, inFolder]) => {
      const names = new Map<ByteName, AgreedName>(file.folder(path));
      for (const name of inFolder) names.set(nameIn(name), { agreed: takenBack, differs: true });
      return { path, digest: digestOfRecord(names), record: writeRecord(names) };
    });
    file.write([], rows, []);
  } finally {
    file.close();
  }
}
