import { lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { nativePath } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';

const typeBits = 0o170_000;
const folderType = 0o040_000;
const fileType = 0o100_000;
const linkType = 0o120_000;

/** The names in a folder as bytes, in no order. Throws what the system says. */
export function namesIn(folder: ByteName): ByteName[] {
  return readdirSync(nativePath(folder), { encoding: 'latin1' });
}

/** What lies there; `undefined` when nothing does. Throws whatever else the system says. */
export function entryAt(path: ByteName): Entry | undefined {
  const about = lstatSync(nativePath(path), { throwIfNoEntry: false });
  return about === undefined ? undefined : entryOf(about);
}

export function kindOf(mode: number): Entry['kind'] {
  const type = mode & typeBits;
  if (type === fileType) return 'file';
  if (type === folderType) return 'folder';
  return type === linkType ? 'link' : 'special';
}

export function entryOf(about: Stats): Entry {
  return {
    kind: kindOf(about.mode),
    size: about.size,
    mtimeMs: about.mtimeMs,
    ctimeMs: about.ctimeMs,
    inode: about.ino,
    device: about.dev,
    mode: about.mode,
    uid: about.uid,
    gid: about.gid,
    links: about.nlink,
    blocks: about.blocks,
  };
}
