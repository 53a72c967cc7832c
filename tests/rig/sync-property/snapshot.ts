import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A path as bytes, one byte a character; `/` between names. */
export const place = (root: string, path: string): Buffer =>
  Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');

/** What lies under a name, as far as somebody would miss it. */
export interface Seen {
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  /** SHA-256 of a file's bytes or of where a link points; of nothing else. */
  readonly content: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}
export type Tree = ReadonlyMap<string, Seen>;

const trash = '.sifaka-trash';
const marker = '.sifaka-sync.json';
const temporary = '.sifaka-tmp-';

/** What an operator has there: without the marker, the trash and temporaries. */
export function liveTree(root: string): Tree {
  return readTree(root, (path, name) => path === marker || path === trash || name.startsWith(temporary));
}

/** What was put aside there: each run has a folder; the records, locks and ages beside those are nobody's content. */
export function trashTree(root: string): Tree {
  try {
    return readTree(
      `${root}/${trash}`,
      (path, name) =>
        name.startsWith(temporary) || path === 'lock' || path === 'ages' || /^[^/]*\.jsonl?$/.test(path),
    );
  } catch {
    return new Map();
  }
}

/** Temporaries that were left, as paths. */
export function temporaries(root: string): string[] {
  return [...readTree(root).keys()].filter((path) =>
    path.split('/').some((name) => name.startsWith(temporary)),
  );
}

/** `root`: ASCII. */
export function readTree(
  root: string,
  leaveOut: (path: string, name: string) => boolean = () => false,
): Tree {
  const tree = new Map<string, Seen>();
  const enter = (names: readonly string[], folder: string): void => {
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (leaveOut(path, name)) continue;
      const seen = unlessGone(() => look(place(root, path)));
      if (seen === undefined) continue;
      tree.set(path, seen);
      if (seen.kind === 'folder') enter(unlessGone(() => namesIn(root, path)) ?? [], path);
    }
  };
  enter(namesIn(root, ''), '');
  return tree;
}

const namesIn = (root: string, folder: string): string[] =>
  readdirSync(place(root, folder), { encoding: 'latin1' });

/** While one thread of a pass is held, the others go on: a name may be moved between two looks. */
function unlessGone<Answer>(read: () => Answer): Answer | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function look(path: Buffer): Seen {
  const stats = lstatSync(path);
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'folder'
      : stats.isSymbolicLink()
        ? 'link'
        : 'special';
  const content =
    kind === 'file'
      ? sha256(readFileSync(path))
      : kind === 'link'
        ? `→ ${readlinkSync(path, { encoding: 'latin1' })}`
        : kind;
  return { kind, content, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Contents of files and links. */
export function contents(...trees: readonly Tree[]): Set<string> {
  const all = new Set<string>();
  for (const tree of trees)
    for (const { kind, content } of tree.values()) if (kind === 'file' || kind === 'link') all.add(content);
  return all;
}
