import { lutimesSync, statfsSync } from 'node:fs';
import type { AppliedBatch } from './applied-batch.ts';
import { notDurable, rootTrouble } from './apply-problems.ts';
import type { Order } from './apply-step.ts';
import { ApplyThreads, threadData } from './apply-threads.ts';
import { BatchResult } from './batch-result.ts';
import { below } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';
import { FolderChain, splitPath } from './folder-chain.ts';
import { lookAt } from './look-at.ts';
import type { Root } from './open-roots.ts';
import { Pass, type PassOptions } from './pass.ts';
import { intentOf } from './rows.ts';
import { systemTime } from './system-time.ts';
import { temporaryName } from './temporaries.ts';
import type { UndoPlan, UndoStep } from './undo-plan.ts';

const stepsAtOnce = 1024;
/** Newer than what it replaces also on a file system that keeps whole seconds, and so on the other side, too. */
const newerByMs = 2001;

/**
 * Takes an iteration back. It is an iteration of its own, whose trash has what it replaces, so that it can be undone in turn.
 * What is put back gets the time of now: the newest wins, and an old time would lose against the other side's again. A step
 * is left out when its file is not as the plan saw it. Problems as applyPlan's.
 */
export async function* applyUndo(
  plan: UndoPlan,
  root: Root,
  options: PassOptions,
): AsyncGenerator<AppliedBatch> {
  if (plan.steps.length === 0) return;
  const pass = new Pass(root, options);
  let threads: ApplyThreads | undefined;
  const made: Order[] = [];
  try {
    threads = new ApplyThreads(threadData(pass, options, { source: root, destination: root }), 1);
    pass.goOn();
    for (let at = 0; at < plan.steps.length; at += stepsAtOnce) {
      const result = new BatchResult(pass.iteration);
      const some = plan.steps.slice(at, at + stepsAtOnce);
      const steps = touched(root, await withFilesOfTheirOwn({ root, pass, threads, steps: some, result }));
      const stop = await carryOut({ pass, threads, steps, result, made }).catch((error: unknown) => ({
        error,
      }));
      pass.count(result);
      yield result.batch(result, roomOf(root, result, plan.steps.length - at - some.length));
      if (stop) throw stop.error;
      pass.goOn();
      if (result.full) break;
    }
    await threads.runInOrder(made.toReversed());
    if (!(await pass.sync())) throw notDurable(pass.syncFailure);
    pass.confirmChanged();
    pass.finish();
  } catch (error) {
    throw rootTrouble(error, root.path);
  } finally {
    try {
      pass.close();
    } finally {
      await threads?.close();
    }
  }
}

/** Where the side is full: how much it has left, and how much of the plan is not begun for that. */
function roomOf(root: Root, { full, notBegun }: BatchResult, after: number): Pick<AppliedBatch, 'full'> {
  if (!full) return {};
  const { bavail, bsize } = statfsSync(root.path);
  // What is put back is renamed, and needs next to nothing: how much is missing is not known.
  return { full: { freeBytes: bavail * bsize, missingBytes: 0, notAttempted: after + notBegun } };
}

async function carryOut({
  pass,
  threads,
  steps,
  result,
  made,
}: {
  readonly pass: Pass;
  readonly threads: ApplyThreads;
  readonly steps: readonly UndoStep[];
  readonly result: BatchResult;
  /** Folders that were made: filled in here. */
  readonly made: Order[];
}): Promise<void> {
  const intents = steps.map((step) =>
    intentOf(step, {
      ...(step.planned.source && { made: step.planned.source }),
      ...(step.from !== undefined && { from: step.from }),
    }),
  );
  if (!pass.note(intents, steps, result)) return;
  if (!(await pass.sync())) {
    result.failAll(steps, pass.syncFailure);
    return;
  }
  await pass.confirm();
  const outcomes = await threads.runInOrder(steps.map(orderOf));
  for (const [index, step] of steps.entries()) {
    const outcome = outcomes[index];
    if (!outcome) continue;
    result.add(step, outcome);
    if (outcome.result === 'failed') pass.leaveOpen();
    const { operation, kind, path, source } = step.planned;
    if (
      outcome.result === 'done' &&
      operation === 'create' &&
      kind === 'folder' &&
      source &&
      step.from === undefined
    ) {
      made.push({ do: 'finish-folder', path, source });
    }
  }
}

function orderOf({ planned, from }: UndoStep): Order {
  const { path, source, destination, kind } = planned;
  if (source && from !== undefined) return { do: 'place', path, from, made: source, before: destination };
  if (source) return { do: 'make-folder', path, source, before: undefined };
  if (!destination) throw new TypeError('what is to be taken away is there');
  const remove = kind === 'folder' ? 'remove-folder' : 'remove';
  return { do: remove, path, before: destination, missingAtSource: false };
}

/**
 * What has other names besides the one in the trash is copied first: a time that it were given would be theirs, too, and make
 * a file the newest that nobody touched. What cannot be copied is left out, and the result says so.
 */
async function withFilesOfTheirOwn({
  root,
  pass,
  threads,
  steps,
  result,
}: {
  readonly root: Root;
  readonly pass: Pass;
  readonly threads: ApplyThreads;
  readonly steps: readonly UndoStep[];
  readonly result: BatchResult;
}): Promise<UndoStep[]> {
  const copies = new Map(
    filesWithOtherNames(root, steps).map((copy, at) => {
      const name = temporaryName(pass.iteration, at);
      return [copy.step, { ...copy, name }];
    }),
  );
  const outcomes = await threads.runInOrder(
    [...copies.values()].map(({ from, source, name }) => ({
      do: 'copy',
      path: from,
      temporary: name,
      source,
    })),
  );
  const changed = new Map<UndoStep, UndoStep | undefined>();
  for (const [at, { step, from, name }] of [...copies.values()].entries()) {
    const outcome = outcomes[at];
    const copied = outcome?.result === 'done';
    changed.set(step, copied ? { ...step, from: below(splitPath(from).folder, name) } : undefined);
    if (outcome && !copied) result.add(step, outcome);
  }
  return steps.flatMap((step) => (changed.has(step) ? (changed.get(step) ?? []) : step));
}

function filesWithOtherNames(
  root: Root,
  steps: readonly UndoStep[],
): { readonly step: UndoStep; readonly from: ByteName; readonly source: Entry }[] {
  const folders = new FolderChain(root.path);
  try {
    return steps.flatMap((step) => {
      const { from } = step;
      const source = from === undefined ? undefined : lookInTrash(folders, from);
      return from !== undefined && source?.kind === 'file' && source.links > 1
        ? [{ step, from, source }]
        : [];
    });
  } finally {
    folders.close();
  }
}

function lookInTrash(folders: FolderChain, from: ByteName): Entry | undefined {
  const { folder, name } = splitPath(from);
  try {
    return lookAt(folders.folder(folder).at(name));
  } catch {
    // It is gone: the step itself will say so.
    return undefined;
  }
}

/** Gives what is about to be put back its new time, while it is still in the trash. */
function touched(root: Root, steps: readonly UndoStep[]): UndoStep[] {
  const folders = new FolderChain(root.path);
  try {
    return steps.map((step) => {
      if (step.from === undefined) return step;
      const source = touch(folders, step.from, step.planned.destination);
      return source ? { ...step, planned: { ...step.planned, source } } : step;
    });
  } finally {
    folders.close();
  }
}

function touch(folders: FolderChain, from: ByteName, replaced: Entry | undefined): Entry | undefined {
  const { folder, name } = splitPath(from);
  const now = Date.now();
  try {
    const at = folders.folder(folder).at(name);
    const newer = Math.max(now, (replaced?.mtimeMs ?? 0) + newerByMs);
    lutimesSync(at, systemTime(now), systemTime(newer));
    return lookAt(at);
  } catch {
    // It is gone: the step itself will say so.
    return undefined;
  }
}
