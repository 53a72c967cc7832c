import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AppliedBatch } from '../../../electron/services/sync/engine/applied-batch.ts';
import { applyPlan } from '../../../electron/services/sync/engine/apply-plan.ts';
import { applyUndo } from '../../../electron/services/sync/engine/apply-undo.ts';
import { initRoots, openRoots, type OpenRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import type { SyncPlan } from '../../../electron/services/sync/engine/sync-plan.ts';
import { planUndo } from '../../../electron/services/sync/engine/undo-plan.ts';
import type { SyncIteration, SyncOperation } from '../../../shared/schemas/sync-record.ts';
import { heldLock, newIteration } from './hand-made.ts';

export interface TwoRoots {
  readonly src: string;
  readonly dest: string;
  readonly logDir: string;
  readonly roots: OpenRoots;
}

/** Two marked folders that are removed after the test. */
export async function twoRoots(within: { src?: string; dest?: string } = {}): Promise<TwoRoots> {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-apply-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const src = join(within.src ?? folder, 'src');
  const dest = join(within.dest ?? folder, 'dest');
  const logDir = join(folder, 'log');
  for (const made of [src, dest, logDir]) mkdirSync(made, { recursive: true });
  await initRoots({ src, dest, pair: 'test', now: new Date() });
  return { src, dest, logDir, roots: await openRoots({ src, dest, pair: 'test' }) };
}

/** A tree by its paths: text of a file, `null` for a folder; `->` before a link's target. */
export function makeTree(root: string, tree: Record<string, string | null>): void {
  for (const [path, content] of Object.entries(tree)) {
    const at = join(root, path);
    mkdirSync(content === null ? at : join(at, '..'), { recursive: true });
    if (content !== null) writeFileSync(at, content);
  }
}

/** The same of what is there, without markers, and without the trash unless it is the root. */
export function treeOf(root: string): Record<string, string | null> {
  const tree: Record<string, string | null> = {};
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).toSorted()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === '.sifaka-sync.json' || path === '.sifaka-trash') continue;
      const about = lstatSync(join(root, path));
      if (about.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(root, path))}`;
      else if (about.isDirectory()) {
        tree[path] = null;
        walk(path);
      } else tree[path] = about.isFile() ? readFileSync(join(root, path), 'utf8') : 'special';
    }
  };
  walk('');
  return tree;
}

export interface Applied {
  readonly iteration: string;
  readonly batches: readonly AppliedBatch[];
  readonly operations: readonly SyncOperation[];
  /** `kind filepath` of each notice. */
  readonly notices: readonly string[];
  readonly error: unknown;
}

/** Runs a plan to its end, or to the problem that ended it. */
export async function apply(
  pair: TwoRoots,
  plan: SyncPlan,
  options: Partial<Parameters<typeof applyPlan>[2]> = {},
): Promise<Applied> {
  const iteration = options.iteration ?? newIteration(pair);
  const signal = new AbortController().signal;
  const all = { iteration, lock: heldLock(), workers: 2, signal, ...options };
  return gathered(applyPlan(plan, pair.roots, all), iteration);
}

/** The trash of one iteration, as `treeOf`. */
export function trashOf({ dest }: Pick<TwoRoots, 'dest'>, iteration: string): Record<string, string | null> {
  const folder = join(dest, '.sifaka-trash', iteration);
  return lstatSync(folder, { throwIfNoEntry: false }) ? treeOf(folder) : {};
}

/** Takes an iteration back; the answer is as of `apply`. */
export async function undo(
  pair: TwoRoots,
  iterationUid: string,
): Promise<Applied & { readonly skipped: readonly string[]; readonly comeAgain: number }> {
  const iteration = { ...newIteration(pair), direction: 'undo' };
  const plan = planUndo(pair.roots.destination, iterationUid);
  const skipped = plan.skipped.map(({ filepath, text }) => `${filepath}: ${text}`);
  const signal = new AbortController().signal;
  const applied = await gathered(
    applyUndo(plan, pair.roots.destination, { iteration, lock: heldLock(), signal }),
    iteration,
  );
  return { ...applied, skipped, comeAgain: plan.comeAgain };
}

async function gathered(passes: AsyncIterable<AppliedBatch>, iteration: SyncIteration): Promise<Applied> {
  const batches: AppliedBatch[] = [];
  let error: unknown;
  try {
    for await (const batch of passes) batches.push(batch);
  } catch (thrown) {
    error = thrown;
  }
  return {
    iteration: iteration.iteration_uid,
    batches,
    operations: batches.flatMap(({ operations }) => operations),
    notices: batches.flatMap(({ notices }) => notices.map(({ kind, filepath }) => `${kind} ${filepath}`)),
    error,
  };
}
