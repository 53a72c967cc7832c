import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { readProblem } from './file-errors.ts';
import { onOneLine } from './plain-text.ts';
import type { InFolder } from './staged-file.ts';

/** What a folder holds, at any depth. `path` is relative to it, with forward slashes; names are as the system gives them. */
export type TreeEntry =
  | { readonly path: string; readonly kind: 'file'; readonly bytes: Uint8Array }
  /** `other`: a socket, a device, a pipe, or a name that is no text. */
  | { readonly path: string; readonly kind: 'folder' | 'link' | 'other' };

export interface TreeLimits {
  /** Files and folders together. */
  readonly entries: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
  /** Characters of a path. */
  readonly pathLength: number;
}

/** Runs in a folder below the tree's top, given by its parts; a link in them is refused. */
type InTree = <Result>(parts: readonly string[], run: InFolder<Result>) => Promise<Result>;

/**
 * Everything below a folder, hidden names too, sorted by path. No link is followed. What is beyond a limit is
 * LAB_FILE_INVALID.
 */
export async function readFolderTree(
  folder: string,
  limits: TreeLimits,
  inTree: InTree,
): Promise<TreeEntry[]> {
  const found: TreeEntry[] = [];
  let bytesLeft = limits.totalBytes;
  const pending: string[][] = [[]];
  for (let parts = pending.pop(); parts !== undefined; parts = pending.pop()) {
    const place = [folder, ...parts].join('/');
    const read = async (path: string) => {
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const below = [...(parts ?? []), entry.name];
        const name = below.join('/');
        if (found.length === limits.entries)
          throw beyond(folder, `more than ${limits.entries} files and folders`);
        if (name.length > limits.pathLength)
          throw beyond(folder, `a path of more than ${limits.pathLength} characters`);
        const kind = kindOf(entry);
        if (kind === 'folder') pending.push(below);
        if (kind !== 'file') {
          found.push({ path: name, kind });
          continue;
        }
        const bytes = await readRegular(join(path, entry.name), Math.min(limits.fileBytes, bytesLeft));
        if (bytes === undefined) {
          const reason =
            bytesLeft < limits.fileBytes
              ? `more than ${limits.totalBytes} bytes`
              : `a file of more than ${limits.fileBytes} bytes, ${onOneLine(name)}`;
          throw beyond(folder, reason);
        }
        bytesLeft -= bytes.length;
        found.push({ path: name, kind, bytes });
      }
    };
    try {
      await inTree(parts, read);
    } catch (error) {
      throw readProblem(onOneLine(place, 500), error);
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function kindOf(entry: Dirent): TreeEntry['kind'] {
  // What is no UTF-8 is read with replacement characters, and cannot be opened by that name.
  if (entry.name.includes('\ufffd')) return 'other';
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** `undefined` when it has more bytes than the limit. */
async function readRegular(path: string, limit: number): Promise<Uint8Array | undefined> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const handle = await open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    while (length <= limit) {
      const { bytesRead } = await handle.read(buffer, length, limit + 1 - length, null);
      if (bytesRead === 0) return Uint8Array.from(buffer.subarray(0, length));
      length += bytesRead;
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

function beyond(folder: string, what: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${folder} holds ${what}.`,
    state: 'It was not read any further.',
    next: 'Keep in that folder only what belongs there.',
    where: { file: folder },
  });
}
