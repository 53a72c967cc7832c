/**
 * Trees to synchronize: the same folders, names, contents and times in every run, for a number of files and of bytes.
 *
 * `node tests/bench/sync/make-tree.ts FOLDER [--files 20000] [--bytes 302000000] [--twin FOLDER] [--edit 200]` makes one by
 * hand; `--twin` makes the same tree a second time (as after a synchronization), `--edit` changes that many of FOLDER's files.
 */
import { closeSync, ftruncateSync, futimesSync, mkdirSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface TreeShape {
  readonly files: number;
  /** Of all files together, about: most are small, a few hold most of the bytes, as in a home. */
  readonly bytes: number;
}

/** A folder has at most so many files, and as many folders at each level above the files'. */
const filesInFolder = 50;
const foldersInFolder = 20;
/** The newest time of a file in a tree, seconds since 1970; a whole tree spans about two years before it. */
const newest = Date.UTC(2026, 9, 1) / 1000;
const pool = randomBytes(1 << 20);

/** Writes the tree below `root`, which is made if it is missing. Times are whole microseconds, which every contestant keeps. */
export function makeTree(root: string, shape: TreeShape): void {
  const next = numbers(42);
  const sizes = sizesOf(shape);
  const folders = Math.ceil(shape.files / filesInFolder);
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(root, folderName(folder, folders));
    mkdirSync(path, { recursive: true });
    const last = Math.min(shape.files, (folder + 1) * filesInFolder);
    for (let file = folder * filesInFolder; file < last; file += 1) {
      writeFile(join(path, fileName(file)), sizes(file), next(), timeOf(next()));
    }
    // Of the folder that was just filled; those above keep the time of the run, which no contestant compares.
    utimesSync(path, timeOf(folder), timeOf(folder));
  }
}

/**
 * Changes `count` files of a tree that {@link makeTree} made, spread over all of it: other bytes, half of them of another
 * size, and a time `later` seconds after the newest of the tree.
 */
export function editTree(root: string, shape: TreeShape, count: number, later: number): void {
  const folders = Math.ceil(shape.files / filesInFolder);
  const sizes = sizesOf(shape);
  for (let edit = 0; edit < count; edit += 1) {
    const file = Math.floor((edit * shape.files) / count);
    const path = join(root, folderName(Math.floor(file / filesInFolder), folders), fileName(file));
    writeFile(path, sizes(file) + (edit % 2), (later * 7919 + edit) >>> 0, newest + later + edit / 1e6);
  }
}

/** One file of pseudo-random bytes without a hole. */
export function makeLargeFile(path: string, bytes: number, seed = 1): void {
  writeFile(path, bytes, seed, newest);
}

function writeFile(path: string, bytes: number, seed: number, time: number): void {
  const descriptor = openSync(path, 'w');
  try {
    let written = 0;
    for (let at = seed % (pool.length / 2); written < bytes; at = (at * 31 + 4099) % (pool.length / 2)) {
      const length = Math.min(bytes - written, pool.length - at);
      written += writeSync(descriptor, pool, at, length);
    }
    if (bytes === 0) ftruncateSync(descriptor, 0);
    futimesSync(descriptor, time, time);
  } finally {
    closeSync(descriptor);
  }
}

/** `level/level/name`, with no more entries in a folder than a person would have. */
function folderName(folder: number, folders: number): string {
  const parts = [`photos ${folder}`];
  let above = Math.floor(folder / foldersInFolder);
  for (
    let width = Math.ceil(folders / foldersInFolder);
    width > 1;
    width = Math.ceil(width / foldersInFolder)
  ) {
    parts.unshift(`album ${above}`);
    above = Math.floor(above / foldersInFolder);
  }
  return join(...parts);
}

const fileName = (file: number): string => `IMG_${String(file).padStart(7, '0')}.jpg`;

/** Of ten files, nine share a tenth of the bytes; of a thousand, one is large. */
function sizesOf({ files, bytes }: TreeShape): (file: number) => number {
  const mean = bytes / files;
  return (file) => {
    const within = (file * 2_654_435_761) % 1000;
    if (within === 0) return Math.round(mean * 300);
    if (within < 100) return Math.round((mean * 600 * (within + 50)) / 9_950);
    return Math.round((mean * 0.1 * (within + 50)) / 600);
  };
}

const timeOf = (number: number): number =>
  newest - ((number * 48_271) % 63_072_000) - (number % 1_000_000) / 1e6;

function randomBytes(length: number): Buffer {
  const next = numbers(7);
  return Buffer.from(Uint32Array.from({ length: length / 4 }, next).buffer);
}

/** The same numbers in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '20000' },
      bytes: { type: 'string', default: '302000000' },
      twin: { type: 'string' },
      edit: { type: 'string' },
    },
  });
  const [root] = positionals;
  if (root === undefined) throw new Error('The folder to make the tree in is missing.');
  const shape = { files: Number(values.files), bytes: Number(values.bytes) };
  makeTree(root, shape);
  if (values.twin !== undefined) makeTree(values.twin, shape);
  if (values.edit !== undefined) editTree(root, shape, Number(values.edit), 86_400);
}
