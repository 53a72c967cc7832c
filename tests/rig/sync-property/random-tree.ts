import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { Random } from './random.ts';
import { liveTree, place, type Seen } from './snapshot.ts';

/** Names as bytes, one byte a character. */
const names = [
  'plain',
  'notes.txt',
  'with space ',
  'new\nline',
  'not\xff\xfeutf8',
  // é composed, and e with a combining accent: the same to a reader.
  '\xc3\xa9',
  'e\xcc\x81',
  'x'.repeat(255),
  '.hidden',
  '-rf',
  'back\\slash',
  'Case',
  'case',
  '\x1b[31mred',
  '.nfs0000000001',
  '\xe2\x80\xaertl',
  '%s%n',
  'ü',
];
const folders = ['', '', '', 'folder', 'folder/deeper', 'notes.txt', '\xc3\xa9', 'empty', 'plain'];

/** Some lead out of the root, to the folder beside both of them. */
const linkTargets = ['plain', '../outside', '../../outside/file', 'not\xff\xfeutf8', 'nowhere', '..', '.'];

/** Milliseconds since 1970 to which all times of a seed are relative: a day ago, so that none is in the future by itself. */
export interface Times {
  readonly base: number;
}

/** Beside the threshold of two seconds, within it, beside what a double keeps, and far off. */
const distances = [0, 0, 0.001, 300, 1500, 2500, 60_000, 3_600_000, -300, -1500, -60_000, -3_600_000];

function randomContent(random: Random): Buffer {
  const kind = random.next();
  const size = kind < 0.08 ? 0 : kind < 0.85 ? 1 + random.below(3000) : 100_000 + random.below(200_000);
  const content = Buffer.alloc(size, random.below(256));
  content.write(`${random.next()}`);
  return content;
}

const making = ['create', 'create', 'create', 'create', 'hard', 'link', 'folder', 'sparse'];
const changing =
  'write write write create create append delete rename link hard folder swap swap sparse mode touch touch'.split(
    ' ',
  );

export interface EditWhere {
  readonly prefer?: string | undefined;
  /** Only what changes the bytes or the time of a file that is there. */
  readonly inPlace?: boolean;
}

/** One change that somebody makes on one side, often to what lies on both. Answers it in words. */
export function randomEdit(
  random: Random,
  root: string,
  otherRoot: string,
  times: Times,
  { prefer, inPlace = false }: EditWhere = {},
): string {
  const own = liveTree(root);
  const other = liveTree(otherRoot);
  const few = own.size < 6 && prefer === undefined && random.chance(0.8);
  const kind = random.of(inPlace ? ['write', 'append', 'touch'] : few ? making : changing);
  const known = [...new Set([...own.keys(), ...other.keys()])].toSorted();
  const ownFiles = [...own].filter(([, seen]) => seen.kind === 'file').map(([path]) => path);
  const anywhere = () => {
    const folder = random.of(folders);
    const name = random.of(names);
    return folder === '' ? name : `${folder}/${name}`;
  };
  const elsewhere = kind === 'create' || known.length === 0 || random.chance(0.25);
  const path = prefer ?? (elsewhere ? anywhere() : random.of(known));
  if (inPlace && own.get(path)?.kind !== 'file') return `no ${kind} ${path}`;
  const at = timeBeside(random, other.get(path) ?? own.get(path), times);
  const target = place(root, path);
  const words = `${kind} ${path}`;
  try {
    switch (kind) {
      case 'delete':
        if (random.chance(0.7) && own.get(path)?.kind === 'folder') return `left ${path}`;
        rmSync(target, { recursive: true, force: true });
        return words;
      case 'rename': {
        const to = anywhere();
        if (own.has(to) || ![...own.keys()].includes(path)) return `no ${words}`;
        makeRoomFor(root, to);
        renameSync(target, place(root, to));
        return `${words} → ${to}`;
      }
      case 'hard': {
        if (ownFiles.length === 0 || own.has(path)) return `no ${words}`;
        makeRoomFor(root, path);
        linkSync(place(root, random.of(ownFiles)), target);
        return words;
      }
      case 'folder':
        makeRoomFor(root, `${path}/inside`);
        return words;
      case 'swap': {
        // A file where a folder is, or the other way, or a link to somewhere outside.
        const before = own.get(path);
        rmSync(target, { recursive: true, force: true });
        makeRoomFor(root, path);
        const link = random.chance(0.25);
        if (link) symlinkSync(random.of(linkTargets), target);
        else if (before?.kind === 'folder') write(target, randomContent(random), at);
        else write(place(root, makeRoomFor(root, `${path}/${random.of(names)}`)), randomContent(random), at);
        if (link) lutimesSync(target, at / 1000, at / 1000);
        return `${words}${link ? ' link' : ''} ${at - times.base}`;
      }
      case 'link':
        makeRoomFor(root, path);
        rmSync(target, { recursive: true, force: true });
        symlinkSync(random.of(linkTargets), target);
        lutimesSync(target, at / 1000, at / 1000);
        return words;
      case 'sparse': {
        makeRoomFor(root, path);
        const fd = openSync(target, writable | constants.O_TRUNC);
        ftruncateSync(fd, 1_000_000);
        writeSync(fd, Buffer.from(`${random.next()}`), 0, 5, 500_000);
        closeSync(fd);
        lutimesSync(target, at / 1000, at / 1000);
        return words;
      }
      case 'touch':
        if (own.get(path)?.kind === 'file') lutimesSync(target, at / 1000, at / 1000);
        return `${words} ${at - times.base}`;
      case 'mode':
        if (own.get(path)?.kind === 'file') chmodSync(target, random.of([0o600, 0o644, 0o755, 0o400]));
        return words;
      case 'append': {
        if (own.get(path)?.kind !== 'file') return `no ${words}`;
        const fd = openSync(target, writable | constants.O_APPEND);
        writeSync(fd, `more ${random.next()}`);
        closeSync(fd);
        return words;
      }
      default:
        makeRoomFor(root, path);
        write(target, randomContent(random), at);
        return `${words} ${at - times.base}`;
    }
  } catch (error) {
    // A folder in the way of a file, a name that is too long: nobody could have made that change.
    if (error instanceof Error && 'code' in error) return `no ${words}: ${String(error.code)}`;
    throw error;
  }
}

/** Beside the time of what lies there, so that every way of comparing is met; rarely in 2099. */
function timeBeside(random: Random, seen: Seen | undefined, { base }: Times): number {
  if (random.chance(0.02)) return Date.UTC(2099, 0, 1);
  const from =
    seen !== undefined && seen.mtimeMs < base + 10_000_000 && random.chance(0.8) ? seen.mtimeMs : base;
  return from + random.of(distances);
}

/** Whoever edits does not follow links either: they lead out of the root. */
const writable = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** In place: the other names of a file with several keep showing the same. */
function write(target: Buffer, content: Buffer, at: number): void {
  const fd = openSync(target, writable | constants.O_TRUNC, 0o644);
  writeSync(fd, content);
  closeSync(fd);
  lutimesSync(target, at / 1000, at / 1000);
}

/** The folders above; what is a file there is one no more. Answers the path. */
function makeRoomFor(root: string, path: string): string {
  const parts = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = place(root, parts.slice(0, depth).join('/'));
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) continue;
    if (stats !== undefined) unlinkSync(folder);
    mkdirSync(folder);
  }
  return path;
}
