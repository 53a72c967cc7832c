import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
  openSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unproven } from '../../rig/required-tools.ts';
import { planOf, seen } from './hand-made.ts';
import { apply, makeTree, trashOf, treeOf, twoRoots } from './two-roots.ts';

const old = new Date('2020-01-02T03:04:05.678Z');

test('a plan makes folders, files and links with their times and modes', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { 'a/b/one.txt': 'one', 'a/two.txt': 'two', empty: null });
  symlinkSync('../anywhere', join(pair.src, 'a/link'));
  chmodSync(join(pair.src, 'a/two.txt'), 0o640);
  chmodSync(join(pair.src, 'a/b'), 0o750);
  utimesSync(join(pair.src, 'a/two.txt'), old, 1_700_000_001.123456);
  for (const folder of ['a/b', 'a', 'empty']) utimesSync(join(pair.src, folder), old, old);
  const plan = planOf(
    pair,
    ['a', 'a/b', 'a/b/one.txt', 'a/link', 'a/two.txt', 'empty'].map((take) => ({ take })),
  );
  const applied = await apply(pair, plan);
  expect(applied.error).toBeUndefined();
  expect(treeOf(pair.dest)).toEqual(treeOf(pair.src));
  for (const path of ['a', 'a/b', 'a/b/one.txt', 'a/two.txt', 'empty']) {
    const [from, to] = [lstatSync(join(pair.src, path)), lstatSync(join(pair.dest, path))];
    expect([path, to.mode, to.uid, to.gid]).toEqual([path, from.mode, from.uid, from.gid]);
    expect(Math.abs(to.mtimeMs - from.mtimeMs)).toBeLessThanOrEqual(0.002);
  }
  expect(applied.operations.map(({ operation, filepath, status }) => [operation, filepath, status])).toEqual([
    ['create', 'a/', 'success'],
    ['create', 'a/b/', 'success'],
    ['create', 'empty/', 'success'],
    ['create', 'a/b/one.txt', 'success'],
    ['create', 'a/link', 'success'],
    ['create', 'a/two.txt', 'success'],
  ]);
  expect(applied.batches.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(6 + '../anywhere'.length);
});

test('what is replaced or deleted lies in the trash under its path', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { 'a/doc': 'new' });
  makeTree(pair.dest, { 'a/doc': 'old', 'gone/file': 'deleted', 'gone/deep/file': 'deleted too' });
  const inode = statSync(join(pair.dest, 'a/doc')).ino;
  const drops = ['gone/deep/file', 'gone/file', 'gone/deep', 'gone'].map((drop) => ({ drop }));
  const applied = await apply(pair, planOf(pair, [{ take: 'a/doc' }, ...drops]));
  expect(treeOf(pair.dest)).toEqual({ a: null, 'a/doc': 'new' });
  expect(trashOf(pair, applied.iteration)).toEqual({
    a: null,
    'a/doc': 'old',
    gone: null,
    'gone/file': 'deleted',
    'gone/deep': null,
    'gone/deep/file': 'deleted too',
  });
  expect(statSync(join(pair.dest, '.sifaka-trash', applied.iteration, 'a/doc')).ino).toBe(inode);
  expect(statSync(join(pair.dest, '.sifaka-trash')).mode & 0o777).toBe(0o700);
  expect(applied.operations.map(({ trashed }) => trashed)).toEqual([true, true, true, false, false]);
});

test('a file takes a folder’s place, and a folder a file’s', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { x: 'file now', 'y/inside': 'folder now' });
  makeTree(pair.dest, { 'x/a': '1', 'x/b/c': '2', y: 'was a file' });
  const applied = await apply(pair, planOf(pair, [{ take: 'x' }, { take: 'y' }, { take: 'y/inside' }]));
  expect(treeOf(pair.dest)).toEqual({ x: 'file now', y: null, 'y/inside': 'folder now' });
  expect(trashOf(pair, applied.iteration)).toEqual({
    x: null,
    'x/a': '1',
    'x/b': null,
    'x/b/c': '2',
    y: 'was a file',
  });
  expect(applied.operations.every(({ status }) => status === 'success')).toBe(true);
});

test('what is not as the plan saw it is left alone and reported', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { edited: 'new', grown: 'source', made: 'source', fine: 'source' });
  makeTree(pair.dest, { edited: 'old', grown: 'old', removed: 'x', fine: 'old' });
  const plan = planOf(pair, [
    ...['edited', 'fine', 'grown', 'made'].map((take) => ({ take })),
    { drop: 'removed' },
  ]);
  writeFileSync(join(pair.dest, 'edited'), 'edited since');
  writeFileSync(join(pair.src, 'grown'), 'source and more');
  writeFileSync(join(pair.dest, 'made'), 'made since');
  writeFileSync(join(pair.dest, 'removed'), 'edited since');
  const applied = await apply(pair, plan);
  expect(treeOf(pair.dest)).toEqual({
    edited: 'edited since',
    fine: 'source',
    grown: 'old',
    made: 'made since',
    removed: 'edited since',
  });
  expect(applied.notices.toSorted()).toEqual([
    'changed-meanwhile edited',
    'changed-meanwhile grown',
    'changed-meanwhile made',
    'changed-meanwhile removed',
  ]);
  expect(applied.operations.map(({ filepath }) => filepath)).toEqual(['fine']);
  expect(applied.batches.some(({ failed }) => failed > 0)).toBe(false);
});

test('a folder that is not empty is kept', async () => {
  const pair = await twoRoots();
  makeTree(pair.dest, { 'd/new': 'made since' });
  const applied = await apply(pair, planOf(pair, [{ drop: 'd' }]));
  expect(treeOf(pair.dest)).toEqual({ d: null, 'd/new': 'made since' });
  expect(applied.notices).toEqual(['kept d/']);
});

test('names are bytes', async () => {
  const pair = await twoRoots();
  const names = [
    'new\nline',
    'trailing ',
    '\xff\xfe not UTF-8',
    'e\xcc\x81',
    '\xc3\xa9',
    'x'.repeat(255),
    '-rf',
    '\\',
  ];
  for (const name of names) {
    writeFileSync(Buffer.from(`${pair.src}/${name}`, 'latin1'), name, 'latin1');
  }
  const applied = await apply(
    pair,
    planOf(
      pair,
      names.map((take) => ({ take })),
    ),
  );
  expect(applied.operations.map(({ status }) => status)).toEqual(names.map(() => 'success'));
  for (const name of names) {
    expect(readFileSync(Buffer.from(`${pair.dest}/${name}`, 'latin1'), 'latin1')).toBe(name);
  }
});

test('a sparse file stays sparse, whatever lies between its holes', async () => {
  const pair = await twoRoots();
  const file = join(pair.src, 'sparse');
  writeFileSync(file, '');
  truncateSync(file, 64 << 20);
  const descriptor = openSync(file, 'r+');
  for (const at of [0, 4095, 1 << 20, (5 << 20) + 123, (64 << 20) - 1]) writeSync(descriptor, 'x', at);
  closeSync(descriptor);
  await apply(pair, planOf(pair, [{ take: 'sparse' }]));
  const [from, to] = [statSync(file), statSync(join(pair.dest, 'sparse'))];
  expect(to.blocks).toBeLessThanOrEqual(from.blocks);
  expect(readFileSync(join(pair.dest, 'sparse')).equals(readFileSync(file))).toBe(true);
});

test('several names of one file at the destination are replaced one by one', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { one: 'new one' });
  makeTree(pair.dest, { one: 'shared' });
  linkSync(join(pair.dest, 'one'), join(pair.dest, 'other'));
  const applied = await apply(pair, planOf(pair, [{ take: 'one' }]));
  expect(treeOf(pair.dest)).toEqual({ one: 'new one', other: 'shared' });
  expect(trashOf(pair, applied.iteration)).toEqual({ one: 'shared' });
});

test('the same bytes under another time get the source’s time', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { same: 'same' });
  makeTree(pair.dest, { same: 'same' });
  utimesSync(join(pair.src, 'same'), old, old);
  const [source, destination] = [seen(pair.src, 'same'), seen(pair.dest, 'same')];
  if (!source || !destination) throw new Error('both are there');
  const applied = await apply(
    pair,
    planOf(pair, [], { alignments: [{ path: 'same', source, destination }] }),
  );
  expect(statSync(join(pair.dest, 'same')).mtimeMs).toBe(old.getTime());
  expect(applied.batches.flatMap(({ aligned }) => aligned)).toEqual([
    { path: 'same', after: seen(pair.dest, 'same') },
  ]);
  expect(applied.operations).toEqual([]);
});

test('a plan of nothing leaves no trace', async () => {
  const pair = await twoRoots();
  expect((await apply(pair, planOf(pair, []))).batches).toEqual([]);
  expect(lstatSync(join(pair.dest, '.sifaka-trash'), { throwIfNoEntry: false })).toBeUndefined();
});

test('many files go through several threads', async () => {
  const pair = await twoRoots();
  const tree: Record<string, string | null> = {};
  for (let folder = 0; folder < 10; folder += 1) {
    for (let file = 0; file < 40; file += 1) tree[`f${folder}/${file}`] = `${folder}/${file}`;
  }
  makeTree(pair.src, tree);
  const paths = Object.keys(treeOf(pair.src));
  const applied = await apply(
    pair,
    planOf(
      pair,
      paths.map((take) => ({ take })),
    ),
  );
  expect(applied.error).toBeUndefined();
  expect(applied.operations.length).toBe(410);
  expect(treeOf(pair.dest)).toEqual(treeOf(pair.src));
});

test('a time that cannot be set is a failed operation, which does not keep the other direction waiting', async (context) => {
  const pair = await twoRoots();
  makeTree(pair.src, { same: 'same' });
  makeTree(pair.dest, { same: 'same' });
  const [source, destination] = [seen(pair.src, 'same'), seen(pair.dest, 'same')];
  if (!source || !destination) throw new Error('both are there');
  // Not even root may do anything about such a file.
  try {
    execFileSync('chattr', ['+i', join(pair.dest, 'same')], { stdio: 'pipe' });
  } catch (error) {
    unproven(context, `chattr +i cannot be used here: ${String(error)}`);
  }
  try {
    const plan = planOf(pair, [], { alignments: [{ path: 'same', source, destination }] });
    const { operations, notices, batches, error } = await apply(pair, plan);
    expect([error, notices]).toEqual([undefined, []]);
    expect(operations).toEqual([
      expect.objectContaining({
        filepath: 'same',
        status: 'fail',
        error_message: expect.stringMatching(
          /^Its bytes are the same, but its time could not be set\. .*EPERM/,
        ),
      }),
    ]);
    expect(batches.some(({ failed, aligned }) => failed + aligned.length > 0)).toBe(false);
  } finally {
    execFileSync('chattr', ['-i', join(pair.dest, 'same')]);
  }
});
