import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listTrash, pruneTrash } from '../../../electron/services/sync/engine/trash-retention.ts';
import type { Root } from '../../../electron/services/sync/engine/open-roots.ts';
import { TrashAges } from '../../../electron/services/sync/engine/trash-ages.ts';
import { unproven } from '../../rig/required-tools.ts';
import { newIteration, planOf } from './hand-made.ts';
import { apply, makeTree, trashOf, treeOf, twoRoots } from './two-roots.ts';

/** Three iterations of one direction, the last one of them the newest; and what prunes their trash at a given day. */
async function threeIterations() {
  const pair = await twoRoots();
  makeTree(pair.src, { one: 'new', two: 'new', three: 'new' });
  makeTree(pair.dest, { one: 'old', two: 'old', three: 'old', 'deep/er/file': 'old' });
  symlinkSync(pair.src, join(pair.dest, 'deep/to-source'));
  const drops = [{ drop: 'deep/er/file' }, { drop: 'deep/to-source' }];
  const uids: string[] = [];
  for (const change of [[{ take: 'one' }, ...drops], [{ take: 'two' }], [{ take: 'three' }]]) {
    const started = new Date(Date.now() + uids.length).toISOString();
    const iteration = { ...newIteration(pair), started_at: started };
    uids.push((await apply(pair, planOf(pair, change), { iteration })).iteration);
  }
  const began = Date.now();
  const prune = async (days: number, root: Partial<Root> = {}, retainDays = 30) => {
    const now = new Date(began + days * 86_400_000);
    return pruneTrash({ ...pair.roots.destination, ...root }, { retainDays, now, pair: 'test' });
  };
  /** As a pair that runs every day, or every so many days. Answers what went. */
  const daily = async (from: number, to: number, step = 1): Promise<string[]> => {
    const removed: string[] = [];
    for (let day = from; day <= to; day += step) removed.push(...(await prune(day)).removed);
    return removed;
  };
  const kept = (): string[] =>
    listTrash(pair.roots.destination).map(({ iteration }) => iteration.iteration_uid);
  return { pair, uids, prune, daily, kept, trash: join(pair.dest, '.sifaka-trash') };
}

test('the trash keeps an iteration for as long as it is told to; the newest of a direction always', async () => {
  const { pair, uids, prune, daily, kept, trash } = await threeIterations();
  const [first = '', second = '', third = ''] = uids;
  expect(kept()).toEqual([third, second, first]);
  expect(await daily(0, 29)).toEqual([]);
  expect(await prune(29.9)).toEqual({ removed: [] });
  expect(await prune(30)).toEqual({ removed: [second, first] });
  expect(readdirSync(trash).toSorted()).toEqual(
    [third, `${third}.json`, `${third}.jsonl`, 'ages'].toSorted(),
  );
  expect(statSync(join(trash, 'ages')).mode & 0o777).toBe(0o600);
  expect(treeOf(pair.src)).toEqual({ one: 'new', two: 'new', three: 'new' });
  expect(await daily(31, 400)).toEqual([]);
  expect(await prune(400.1, {}, 0)).toEqual({ removed: [third] });
  expect(readdirSync(trash)).toEqual(['ages']);
});

test('a pair that runs every week keeps as long as it is told to, one that runs every month somewhat longer', async () => {
  const weekly = await threeIterations();
  expect(await weekly.daily(0, 28, 7)).toEqual([]);
  expect((await weekly.prune(35)).removed).toHaveLength(2);
  const monthly = await threeIterations();
  expect(await monthly.daily(0, 119, 30)).toEqual([]);
  expect((await monthly.prune(120)).removed).toHaveLength(2);
});

test.for([
  ['jumps ahead by forty days and is set right after three', 40, 3],
  ['is ten years ahead for two weeks', 3650, 14],
  ['stays ahead', 400, 22],
] as const)('a clock that %s costs no more than a quarter of what is kept', async ([, ahead, days]) => {
  const { daily, kept } = await threeIterations();
  await daily(0, 0);
  // By then 30 days were to pass; a jump ahead stands for 7.5 of them.
  expect(await daily(ahead, ahead + Math.min(days, 22))).toEqual([]);
  expect(await daily(days + 1, 22)).toEqual([]);
  expect(kept()).toHaveLength(3);
});

test('a clock that is ahead again and again, as of one machine among several, costs no more', async () => {
  const { prune, kept } = await threeIterations();
  for (let day = 0; day < 22; day += 1)
    for (const now of [day, day + 0.2, 400 + day, day + 0.5])
      expect([now, await prune(now)]).toEqual([now, { removed: [] }]);
  expect(kept()).toHaveLength(3);
  const removed: string[] = [];
  for (let day = 22; day < 90; day += 1) removed.push(...(await prune(day)).removed);
  expect(removed).toHaveLength(2);
});

test.for([
  ['back and forth by six days', [0, 6]],
  ['ahead in two steps, and back in one', [0, 4, 8]],
  ['back and forth while another one is a year ahead', [0, 6, 400]],
] as const)('a clock that goes %s from run to run costs no more than it did once', async ([, offsets]) => {
  const { prune, daily, kept } = await threeIterations();
  for (let hour = 0; hour < 15 * 24; hour += 1) {
    const now = hour / 24 + (offsets[hour % offsets.length] ?? 0);
    expect([now, await prune(now)]).toEqual([now, { removed: [] }]);
  }
  expect(kept()).toHaveLength(3);
  // Once it is right, it goes on as soon as it is where it has not been.
  expect(await daily(15, 21)).toEqual([]);
  expect(await daily(22, 60)).toHaveLength(2);
});

test('what was kept while the clock stood far behind stays as long as all else', async () => {
  const { daily, prune, kept } = await threeIterations();
  expect(await daily(0, 2)).toEqual([]);
  expect(await daily(3650, 3670)).toEqual([]);
  expect(kept()).toHaveLength(3);
  expect(await daily(3671, 3690)).toHaveLength(2);
  expect(await prune(3691)).toEqual({ removed: [] });
});

test.for([
  ['lost', () => undefined],
  ['damaged', (file: string) => writeFileSync(file, '{"schema":"sifaka')],
  ['a link', (file: string) => symlinkSync('/etc/hostname', file)],
] as const)('when it is %s what is known of their age, all of them are new', async ([, damage]) => {
  const { prune, daily, trash } = await threeIterations();
  expect(await daily(0, 29)).toEqual([]);
  rmSync(join(trash, 'ages'));
  damage(join(trash, 'ages'));
  expect(await daily(30, 59)).toEqual([]);
  expect((await prune(60)).removed).toHaveLength(2);
});

test('a run that has nothing to do need not write their age anew', async () => {
  const { prune, trash } = await threeIterations();
  await prune(0);
  const written = (): number => statSync(join(trash, 'ages')).ino;
  const before = written();
  await prune(0.01);
  expect(written()).toBe(before);
  await prune(0.05);
  expect(written()).not.toBe(before);
});

test('nothing of the trash goes while the clocks of its file system and this machine differ', async () => {
  const { pair, prune, daily, kept } = await threeIterations();
  const { abilities } = pair.roots.destination;
  await daily(0, 29);
  const { refused } = await prune(30, { abilities: { ...abilities, clockAheadMs: -3_600_000 } });
  expect(refused).toContain('60 minutes behind');
  expect(kept()).toHaveLength(3);
  expect((await prune(31)).removed).toHaveLength(2);
});

test('what cannot be kept for want of a place is told of, and nothing goes', async () => {
  const { prune, daily, kept, trash } = await threeIterations();
  mkdirSync(join(trash, 'ages', 'mine'), { recursive: true });
  await expect(prune(0)).rejects.toMatchObject({ code: 'SYNC_INCOMPLETE' });
  await expect(daily(1, 40)).rejects.toMatchObject({ code: 'SYNC_INCOMPLETE' });
  expect(kept()).toHaveLength(3);
});

test('others have their turn between two iterations, and once the lock is lost nothing more is removed', async () => {
  const { pair, uids, kept } = await threeIterations();
  const [first, second, third] = uids;
  const lost = new AbortController();
  const request = { retainDays: 0, now: new Date(), pair: 'test', signal: lost.signal };
  const pruning = pruneTrash(pair.roots.destination, request);
  // Its own first turn was asked for before.
  setImmediate(() => lost.abort());
  expect(await pruning).toEqual({ removed: [third] });
  expect(kept()).toEqual([second, first]);
  expect(trashOf(pair, second ?? '')).toEqual({ two: 'old' });
  expect(await pruneTrash(pair.roots.destination, request)).toEqual({ removed: [] });
  const next = { ...request, signal: new AbortController().signal };
  expect(await pruneTrash(pair.roots.destination, next)).toEqual({ removed: [second, first] });
});

test('where its trash cannot be looked into, nothing stays open', async (context) => {
  if (!existsSync('/proc/self/fd')) unproven(context, 'needs /proc');
  const { pair, trash } = await threeIterations();
  rmSync(trash, { recursive: true });
  writeFileSync(trash, 'a file');
  const open = (): string[] =>
    readdirSync('/proc/self/fd').filter((descriptor) => opened(descriptor) === pair.dest);
  const ages = { now: new Date(), longestPause: 1, settling: 1 };
  expect(() => new TrashAges(pair.dest, ages)).toThrow('ENOTDIR');
  expect(open()).toEqual([]);
});

/** The one that lists them is gone by now. */
function opened(descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}
