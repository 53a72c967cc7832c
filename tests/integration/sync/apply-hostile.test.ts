import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { newDeadline } from '../../../electron/services/sync/lock/lock-deadline.ts';
import { Problem } from '../../../shared/problem.ts';
import { mountFileSystem, requireFileSystems } from '../../rig/file-systems/mount-file-system.ts';
import { heldLock, planOf } from './hand-made.ts';
import { apply, makeTree, trashOf, treeOf, twoRoots, undo } from './two-roots.ts';

/** Runs a text again and again in a thread until the test ends; `state` is shared memory that counts its rounds. */
function meanwhile(
  round: string,
  data: Record<string, string>,
): { rounds: () => number; end: () => Promise<number> } {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const fs = require('node:fs'); const { state, data } = require('node:worker_threads').workerData;
     while (Atomics.load(state, 1) === 0) { ${round}; Atomics.add(state, 0, 1); }`,
    { eval: true, execArgv: [], workerData: { state, data } },
  );
  const end = async (): Promise<number> => {
    Atomics.store(state, 1, 1);
    await worker.terminate();
    return Atomics.load(state, 0);
  };
  onTestFinished(async () => void (await end()));
  return { rounds: () => Atomics.load(state, 0), end };
}

test('a folder that is swapped for a link to outside, over and over, gets nothing outside written', async () => {
  const pair = await twoRoots();
  const outside = join(pair.dest, '../outside');
  mkdirSync(outside);
  const names = Array.from({ length: 25 }, (_, index) => `a/b/${index}`);
  makeTree(pair.src, Object.fromEntries(names.map((name) => [name, 'new'])));
  makeTree(
    pair.dest,
    Object.fromEntries([...names, ...names.map((name) => `${name}-gone`)].map((name) => [name, 'before'])),
  );
  makeTree(outside, Object.fromEntries(names.map((name) => [name.replace('a/b/', ''), 'outside'])));
  const expected = treeOf(outside);
  const plan = planOf(
    pair,
    names.flatMap((take) => [{ take }, { drop: `${take}-gone` }]),
  );
  const swap = meanwhile(
    `fs.renameSync(data.folder, data.aside); fs.symlinkSync(data.outside, data.folder);
     fs.unlinkSync(data.folder); fs.renameSync(data.aside, data.folder)`,
    { folder: join(pair.dest, 'a/b'), aside: join(pair.dest, 'a/aside'), outside },
  );
  await expect.poll(swap.rounds).toBeGreaterThan(0);
  let done = 0;
  // Until some changes were made between two swaps, and others were not.
  for (let pass = 0; pass < 8 || done === 0 || swap.rounds() <= 20; pass += 1) {
    const applied = await apply(pair, plan);
    expect(applied.error).toBeUndefined();
    done += applied.operations.filter(({ status }) => status === 'success').length;
    expect(treeOf(outside)).toEqual(expected);
  }
  const rounds = await swap.end();
  expect(rounds).toBeGreaterThan(20);
  expect(done).toBeGreaterThan(0);
});

test('a file that grows all the time never gets the live name torn', async () => {
  // A processor with much to do may let a whole copy pass before the other process writes once: that copy is no torn one.
  for (let attempt = 1; ; attempt += 1) {
    const pair = await twoRoots();
    const file = join(pair.src, 'log');
    writeFileSync(file, Buffer.alloc(24 << 20, 'x'));
    makeTree(pair.dest, { log: 'before' });
    const plan = planOf(pair, [{ take: 'log' }]);
    const growing = meanwhile(
      `if (fs.readdirSync(data.dest).some((name) => name.startsWith('.sifaka-tmp-'))) fs.appendFileSync(data.file, 'more')`,
      { file, dest: pair.dest },
    );
    await expect.poll(growing.rounds).toBeGreaterThan(0);
    const applied = await apply(pair, plan);
    await growing.end();
    const undisturbed = applied.operations.every(({ status }) => status === 'success');
    if (undisturbed && attempt < 20) continue;
    // Not all of it in a message: the other one has 24 MiB.
    expect(readFileSync(join(pair.dest, 'log'), 'utf8').slice(0, 20)).toBe('before');
    expect(applied.notices).toEqual(['changed-meanwhile log']);
    expect(applied.operations.map(({ status, error_message }) => [status, error_message])).toEqual([
      ['fail', 'It changed while it was copied, twice.'],
    ]);
    expect(applied.batches.some(({ failed }) => failed > 0)).toBe(false);
    expect(readdirSync(pair.dest).filter((name) => name.startsWith('.sifaka-tmp'))).toEqual([]);
    return;
  }
});

test('a full destination keeps what it has, and the run says how much was missing', async (context) => {
  requireFileSystems(context, 'ext4');
  await using small = await mountFileSystem('ext4');
  const pair = await twoRoots({ dest: small.path });
  writeFileSync(join(pair.src, 'a-fits'), 'fits');
  writeFileSync(join(pair.src, 'b-large'), Buffer.alloc(40 << 20, 'x'));
  writeFileSync(join(pair.src, 'c-after'), Buffer.alloc(1 << 20, 'x'));
  makeTree(pair.dest, { 'b-large': 'before' });
  const free = statfsSync(pair.dest).bavail;
  const plan = planOf(
    pair,
    ['a-fits', 'b-large', 'c-after'].map((take) => ({ take })),
  );
  const applied = await apply(pair, plan);
  expect(applied.error).toBeUndefined();
  expect(readFileSync(join(pair.dest, 'b-large'), 'utf8')).toBe('before');
  const rows = Object.fromEntries(applied.operations.map((row) => [row.filepath, row]));
  expect(rows['b-large']?.status).toBe('fail');
  expect(rows['b-large']?.error_message).toMatch(/no room left \(ENOSPC\)/);
  const full = applied.batches.find((batch) => batch.full)?.full;
  expect(full?.missingBytes).toBeGreaterThan(5 << 20);
  expect(full?.freeBytes).toBeGreaterThan(1 << 20);
  expect(statfsSync(pair.dest).bavail).toBeGreaterThan(free - 2000);
  expect(readdirSync(pair.dest).filter((name) => name.startsWith('.sifaka-tmp'))).toEqual([]);
});

test('without hard links, owners and steady numbers a run and its undo work as well', async (context) => {
  requireFileSystems(context, 'exfat');
  await using stick = await mountFileSystem('exfat');
  const pair = await twoRoots({ dest: stick.path });
  makeTree(pair.src, { updated: 'new', created: 'new', 'sub/new': 'new' });
  makeTree(pair.dest, { updated: 'before', gone: 'before' });
  const before = treeOf(pair.dest);
  const plan = planOf(pair, [
    ...['created', 'sub', 'sub/new', 'updated'].map((take) => ({ take })),
    { drop: 'gone' },
  ]);
  const applied = await apply(pair, plan);
  expect(applied.operations.map(({ status, error_message }) => [status, error_message])).toEqual(
    plan.operations.map(() => ['success', null]),
  );
  expect(treeOf(pair.dest)).toEqual(treeOf(pair.src));
  expect(trashOf(pair, applied.iteration)).toEqual({ gone: 'before', updated: 'before' });
  const undone = await undo(pair, applied.iteration);
  expect([undone.error, undone.skipped]).toEqual([undefined, []]);
  expect(treeOf(pair.dest)).toEqual(before);
});

test('a lock that ran out, a lost one and a cancelled run change nothing more', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { one: 'new' });
  makeTree(pair.dest, { one: 'before' });
  const plan = planOf(pair, [{ take: 'one' }]);
  const lost = new AbortController();
  const stops = {
    SYNC_LOCK_LOST: { lock: { ...heldLock(), deadline: newDeadline() } },
    SYNC_LOCK_UNAVAILABLE: {
      lock: {
        ...heldLock(),
        lost: lost.signal,
        confirm: async () => {
          lost.abort(new Problem('SYNC_LOCK_UNAVAILABLE', { what: 'lost', state: '', next: '' }));
          await Promise.resolve();
        },
      },
    },
    CANCELLED: { signal: AbortSignal.abort() },
  };
  for (const [code, options] of Object.entries(stops)) {
    const applied = await apply(pair, plan, options);
    expect(applied.error).toMatchObject({ code });
    expect(treeOf(pair.dest)).toEqual({ one: 'before' });
  }
});

test('a root whose marker is gone is not changed any more', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { one: 'new' });
  makeTree(pair.dest, { one: 'before' });
  const plan = planOf(pair, [{ take: 'one' }]);
  writeFileSync(join(pair.src, '.sifaka-sync.json'), '{}');
  expect((await apply(pair, plan)).error).toMatchObject({ code: 'SYNC_ROOT_LOST' });
  expect(treeOf(pair.dest)).toEqual({ one: 'before' });
  expect(statSync(join(pair.dest, 'one')).nlink).toBe(1);
});

test('a file whose time cannot be set fails by that, and not by its name', async (context) => {
  requireFileSystems(context, 'btrfs');
  await using disk = await mountFileSystem('btrfs');
  const pair = await twoRoots({ src: disk.path });
  makeTree(pair.src, { 'far-away': 'content' });
  // The last second that a file system of 64 bits keeps.
  execFileSync('touch', ['-d', `@${2n ** 63n - 1n}`, join(pair.src, 'far-away')]);
  const applied = await apply(pair, planOf(pair, [{ take: 'far-away' }]));
  expect(applied.operations.map(({ error_message: message }) => message)).toEqual([
    expect.stringMatching(/does not take its time/),
  ]);
  expect(treeOf(pair.dest)).toEqual({});
});
