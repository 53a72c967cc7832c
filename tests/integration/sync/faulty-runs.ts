import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { z } from 'zod';
import { byteNameOf } from '../../../electron/services/sync/engine/byte-names.ts';
import { removeUnnamedRecords } from '../../../electron/services/sync/engine/intents.ts';
import { killedRuns } from '../../../electron/services/sync/engine/reconcile.ts';
import { planUndo } from '../../../electron/services/sync/engine/undo-plan.ts';
import { type SyncOperation, syncOperationSchema } from '../../../shared/schemas/sync-record.ts';
import type { CallKind, Fault } from '../../rig/sync-faults/fault-control.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { newIteration, planOf } from './hand-made.ts';
import { apply, makeTree, treeOf, twoRoots, type TwoRoots, undo } from './two-roots.ts';

const program = join(import.meta.dirname, 'apply-process.ts');
/** Every call that changes what others can see. */
const changing: readonly CallKind[] = [
  'create',
  'write',
  'rename',
  'link',
  'unlink',
  'mkdir',
  'rmdir',
  'symlink',
  'times',
  'sync',
  'truncate',
];

const sourceTree = {
  created: 'created',
  'sub/new': 'new',
  updated: 'after',
  x: 'file now',
  'y/inside': 'inside',
};
const destinationTree = {
  updated: 'before',
  'x/a': 'a',
  y: 'was a file',
  'gone/file': 'deleted',
  other: 'other',
};
const changes = [
  ...['created', 'link', 'sub', 'sub/new', 'updated', 'x', 'y', 'y/inside'].map((take) => ({ take })),
  ...['gone/file', 'gone'].map((drop) => ({ drop })),
];
const finalTree = { ...sourceTree, link: '-> anywhere', sub: null, y: null, other: 'other' };
const contents = new Set([...Object.values(sourceTree), ...Object.values(destinationTree)]);

interface Run {
  readonly pair: TwoRoots;
  readonly iteration: string;
  readonly operations: readonly SyncOperation[];
  readonly fired: boolean;
  readonly calls: number;
}

async function runUnder(library: string, fault: Fault): Promise<Run> {
  const pair = await twoRoots();
  makeTree(pair.src, sourceTree);
  symlinkSync('anywhere', join(pair.src, 'link'));
  makeTree(pair.dest, destinationTree);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-kills-')));
  try {
    using layer = new FaultLayer(library, join(folder, 'control'), [pair.src, pair.dest]);
    layer.reset();
    layer.arm(fault);
    const iteration = newIteration(pair);
    const request = { src: pair.src, dest: pair.dest, iteration, changes };
    const child = spawnSync(process.execPath, [program, JSON.stringify(request)], {
      env: { ...process.env, NODE_OPTIONS: '', ...layer.environment() },
      encoding: 'utf8',
    });
    const lines = child.stdout.split('\n').filter((line) => line !== '');
    const { counts } = layer;
    return {
      pair,
      iteration: iteration.iteration_uid,
      operations: lines.flatMap((line) => z.array(syncOperationSchema).parse(JSON.parse(line))),
      fired: layer.fired.times > 0,
      calls: changing.reduce((sum, kind) => sum + counts[kind], 0),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files' contents, wherever they lie, without the records of the trash. */
function reachable(root: string): Set<string> {
  const found = new Set<string>();
  for (const [path, content] of Object.entries(treeOf(root))) {
    if (content !== null && !path.includes('.sifaka-tmp-')) found.add(content);
  }
  return found;
}

function everywhere({ src, dest }: TwoRoots): Set<string> {
  const trash = join(dest, '.sifaka-trash');
  return new Set([
    ...reachable(src),
    ...reachable(dest),
    ...(readdirSync(dest).includes('.sifaka-trash') ? reachable(trash) : []),
  ]);
}

/** What the destination would be like with these rows and no others. */
function treeAfter(operations: readonly SyncOperation[]): Record<string, string | null> {
  const tree: Record<string, string | null> = { ...destinationTree, gone: null, x: null };
  const final: Record<string, string | null> = finalTree;
  for (const { filepath, operation, status } of operations) {
    if (status === 'fail') continue;
    const path = filepath.replace(/\/$/, '');
    if (path === 'x') delete tree['x/a'];
    if (operation === 'delete') delete tree[path];
    else tree[path] = final[path] ?? null;
  }
  return tree;
}

function withoutTemporaries(tree: Record<string, string | null>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.includes('.sifaka-tmp-')));
}

/** What is still to be done, as the next run would plan it. */
function restOf(pair: TwoRoots): ReturnType<typeof planOf> {
  const now = treeOf(pair.dest);
  const final: Record<string, string | null> = finalTree;
  const left = changes.filter((change) =>
    'take' in change ? now[change.take] !== final[change.take] : now[change.drop] !== undefined,
  );
  return planOf(pair, left, {
    temporaries: Object.keys(now)
      .filter((path) => path.includes('.sifaka-tmp-'))
      .map(byteNameOf),
  });
}

/** Twice over, as after a kill between its rows and its end; answers the rows. */
function settleKilled({ roots: { destination } }: TwoRoots): SyncOperation[] {
  removeUnnamedRecords(destination.path);
  return killedRuns(destination, { pair: 'test' }).runs.flatMap((killed) => {
    const rows = [...killed.settle()].flat();
    expect([...killed.settle()].flat().map((row) => row.operation_uid)).toEqual(
      rows.map((row) => row.operation_uid),
    );
    killed.finish();
    return rows;
  });
}

async function isWholeAfterwards(run: Run): Promise<void> {
  const { pair } = run;
  expect([...contents].filter((content) => !everywhere(pair).has(content))).toEqual([]);
  const settled = settleKilled(pair);
  expect([...contents].filter((content) => !everywhere(pair).has(content))).toEqual([]);
  const rows = new Map(run.operations.map((row) => [row.operation_uid, row]));
  for (const row of settled) rows.set(row.operation_uid, row);
  const between = withoutTemporaries(treeOf(pair.dest));
  expect(between).toEqual(treeAfter([...rows.values()]));
  expect(settleKilled(pair)).toEqual([]);

  const rest = await apply(pair, restOf(pair));
  expect(rest.error).toBeUndefined();
  expect(treeOf(pair.dest)).toEqual(finalTree);
  if (rest.operations.length > 0) await undo(pair, rest.iteration);
  expect(treeOf(pair.dest)).toEqual(between);
  if (rows.size > 0) {
    expect(planUndo(pair.roots.destination, run.iteration).skipped).toEqual([]);
    await undo(pair, run.iteration);
  }
  expect(treeOf(pair.dest)).toEqual({ ...destinationTree, gone: null, x: null });
}

async function countCalls(context: TestContext): Promise<{ library: string; calls: number }> {
  requireFaultLayer(context);
  const library = await buildFaultLayer();
  const whole = await runUnder(library, { action: 'kill', moment: 'before', kinds: changing, at: 1e9 });
  expect(withoutTemporaries(treeOf(whole.pair.dest))).toEqual(finalTree);
  expect(treeAfter(whole.operations)).toEqual(finalTree);
  return { library, calls: whole.calls };
}

/**
 * Applies one plan again and again, each time with the fault at another of the calls that change something: from the first
 * that is asked for, and then each that is `step` further. Every content stays reachable, the rows say what was done, the
 * next run comes to the end, and undoing both gives back what there was.
 */
export async function atEachCall(
  context: TestContext,
  fault: (at: number) => Fault,
  { first, step }: { readonly first: number; readonly step: number },
): Promise<number> {
  const { library, calls } = await countCalls(context);
  let fired = 0;
  for (let at = first; at <= calls; at += step) {
    const run = await runUnder(library, fault(at));
    if (run.fired) fired += 1;
    try {
      await isWholeAfterwards(run);
    } catch (error) {
      throw new Error(`at call ${at} of ${calls}`, { cause: error });
    }
  }
  return fired;
}

export const killBefore = (at: number): Fault => ({ action: 'kill', moment: 'before', kinds: changing, at });
export const failWith =
  (error: 'EIO' | 'ENOSPC') =>
  (at: number): Fault => ({ action: 'fail', error, kinds: changing, at });
