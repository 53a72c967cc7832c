import type { ShownOperation } from '../../../shared/schemas/sync-plans.ts';

/** One line of both trees: a folder on the way to something, or what is done. */
export interface TreeRow {
  /** The whole path; a folder's ends with `/`. */
  readonly path: string;
  /** Its last part. */
  readonly name: string;
  readonly depth: number;
  readonly isFolder: boolean;
  /** Absent for a folder that is only on the way. */
  readonly operation?: ShownOperation;
}

interface Branch {
  readonly folders: Map<string, Branch>;
  readonly entries: TreeRow[];
  operation?: ShownOperation;
}

const newBranch = (): Branch => ({ folders: new Map(), entries: [] });

/** The operations as the lines of a tree: folders by name, what is in each below it, its folders first. */
export function treeRows(operations: readonly ShownOperation[]): TreeRow[] {
  const root = newBranch();
  for (const operation of operations) {
    const { filepath } = operation;
    const parts = filepath.split('/');
    const isFolder = filepath.endsWith('/');
    if (isFolder) parts.pop();
    const name = isFolder ? undefined : parts.pop();
    let branch = root;
    for (const part of parts) {
      const next = branch.folders.get(part) ?? newBranch();
      branch.folders.set(part, next);
      branch = next;
    }
    if (name === undefined) branch.operation = operation;
    else branch.entries.push({ path: filepath, name, depth: parts.length, isFolder, operation });
  }
  return rowsOf(root, '', 0);
}

function rowsOf(branch: Branch, path: string, depth: number): TreeRow[] {
  const folders = [...branch.folders].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const entries = branch.entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const rows: TreeRow[] = [];
  for (const [name, below] of folders) {
    const own = { path: `${path}${name}/`, name, depth, isFolder: true };
    rows.push(below.operation === undefined ? own : { ...own, operation: below.operation });
    rows.push(...rowsOf(below, own.path, depth + 1));
  }
  return [...rows, ...entries];
}
