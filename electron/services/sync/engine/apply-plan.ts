import { statfsSync } from 'node:fs';
import type { AppliedBatch } from './applied-batch.ts';
import { ApplyBatch, mayBePreparedAhead, type PreparedBatch } from './apply-batch.ts';
import { notDurable, rootTrouble } from './apply-problems.ts';
import type { Order } from './apply-step.ts';
import { ApplyThreads, threadData } from './apply-threads.ts';
import { BatchResult } from './batch-result.ts';
import { type BatchLimits, inBatches } from './batches.ts';
import { DoneSoFar } from './done-so-far.ts';
import type { ByteName } from './entry.ts';
import { finishFoldersLeft } from './intents.ts';
import { leftFolders } from './left-folders.ts';
import type { OpenRoots } from './open-roots.ts';
import { Pass, type PassOptions } from './pass.ts';
import type { PlannedOperation, SyncPlan } from './sync-plan.ts';

export interface ApplyOptions extends PassOptions {
  /** How many files are copied at the same time. */
  readonly workers: number;
  /** Unless told, those of batches.ts. */
  readonly batches?: BatchLimits | undefined;
  /** Iterations that were cut off, whose folders at the destination wait for their modes and times. */
  readonly foldersLeft?: readonly string[];
}

/**
 * Carries out a plan, batch by batch: copies to temporaries, makes them durable together with what is about to be done, and
 * then gives them their names; whatever was there before is in the trash. While that is done with one batch, the next one is
 * copied to temporaries. A batch is answered when it is done, and before the next one gets its names. SYNC_LOCK_LOST,
 * SYNC_ROOT_LOST, SYNC_INCOMPLETE when the file system cannot say that all is durable, and CANCELLED, each after what had
 * been done was answered.
 */
export async function* applyPlan(
  plan: SyncPlan,
  roots: OpenRoots,
  options: ApplyOptions,
): AsyncGenerator<AppliedBatch> {
  const { foldersLeft = [] } = options;
  const toDo = [plan.operations, plan.alignments, plan.temporaries, foldersLeft];
  if (toDo.every(({ length }) => length === 0)) return;
  let pass: ApplyPass | undefined;
  try {
    pass = new ApplyPass(roots, options);
    yield* pass.run(plan, foldersLeft);
  } catch (error) {
    throw rootTrouble(error, roots.destination.path);
  } finally {
    await pass?.close();
  }
}

class ApplyPass {
  readonly #roots: OpenRoots;
  readonly #pass: Pass;
  readonly #threads: ApplyThreads;
  readonly #done = new DoneSoFar();
  readonly #work: ApplyBatch;
  readonly #workers: number;
  readonly #limits: BatchLimits | undefined;
  /** The batch after the one that is carried out. */
  #ahead: Promise<PreparedBatch> | undefined;

  constructor(roots: OpenRoots, options: ApplyOptions) {
    this.#roots = roots;
    this.#workers = options.workers;
    this.#limits = options.batches;
    this.#pass = new Pass(roots.destination, options, [roots.source]);
    this.#threads = new ApplyThreads(threadData(this.#pass, options, roots), options.workers);
    this.#work = new ApplyBatch(this.#pass, this.#threads, this.#done);
  }

  async *run(plan: SyncPlan, foldersLeft: readonly string[]): AsyncGenerator<AppliedBatch> {
    this.#pass.goOn();
    await this.#removeTemporaries(plan.temporaries);
    if (plan.alignments.length > 0) yield* this.#align(plan);
    yield* this.#carryOut(plan.operations);
    const { path: root } = this.#roots.destination;
    await this.#work.finishFolders(leftFolders(root, foldersLeft));
    if (!(await this.#work.syncAll())) throw notDurable(this.#pass.syncFailure);
    // Whoever has the lock by now looks at every intent.
    this.#pass.goOn();
    this.#pass.confirmChanged();
    this.#pass.finish();
    finishFoldersLeft(root, foldersLeft);
    const last = this.#done.take();
    if (last.applied.length + last.aligned.length > 0)
      yield new BatchResult(this.#pass.iteration).batch(last);
  }

  async close(): Promise<void> {
    // However it ended, its copies will not get their names.
    this.#pass.control.stop('cancelled');
    await this.#ahead?.then((batch) => this.#work.discard(batch)).catch(() => undefined);
    try {
      this.#pass.close();
    } finally {
      await this.#threads.close();
    }
  }

  async *#carryOut(operations: readonly PlannedOperation[]): AsyncGenerator<AppliedBatch> {
    const batches = [...inBatches(operations, this.#limits)];
    let begun = 0;
    try {
      for (const [index, some] of batches.entries()) {
        this.#pass.goOn();
        const batch = await (this.#ahead ?? this.#work.prepare(some));
        this.#ahead = undefined;
        begun += some.length;
        const carriedOut = this.#work.carryOut(batch);
        if (!batch.result.full) this.#prepareAhead(batches[index + 1]);
        // What was done before it was stopped is answered first.
        const stop = await carriedOut.catch((error: unknown) => ({ error }));
        const full =
          batch.result.full || (batch.result.notBegun > 0 && this.#pass.control.stopped === 'full');
        this.#count(batch);
        if (!stop && full) {
          this.#pass.control.stop('full');
          const left = yield* this.#leaveAhead();
          const room = this.#room(operations.slice(begun), batch.result, left);
          yield batch.result.batch(this.#done.take(), { full: room });
          break;
        }
        yield batch.result.batch(this.#done.take());
        if (stop) throw stop.error;
      }
      this.#pass.goOn();
    } catch (error) {
      this.#pass.control.stop('cancelled');
      try {
        yield* this.#leaveAhead();
      } catch {
        // What came first is told.
      }
      throw error;
    }
  }

  /** Not by a single thread: what is to get its name would wait for a file to be copied that may take hours. */
  #prepareAhead(next: readonly PlannedOperation[] | undefined): void {
    if (!next || this.#workers < 2 || !mayBePreparedAhead(next)) return;
    this.#ahead = this.#work.prepare(next);
    // Whoever waits for it hears of it.
    this.#ahead.catch(() => undefined);
  }

  /** What was prepared and is not carried out: its copies go, and the folders that were made for it are answered. */
  async *#leaveAhead(): AsyncGenerator<AppliedBatch, BatchResult | undefined> {
    const batch = await this.#ahead;
    this.#ahead = undefined;
    if (!batch) return undefined;
    await this.#work.discard(batch);
    this.#count(batch);
    yield batch.result.batch(this.#done.take());
    return batch.result;
  }

  #count(batch: PreparedBatch): void {
    this.#pass.count(batch.result);
    if (!this.#work.isDoubted(batch)) this.#done.add(batch.result);
  }

  async *#align({ alignments }: SyncPlan): AsyncGenerator<AppliedBatch> {
    const result = new BatchResult(this.#pass.iteration);
    await this.#pass.confirm();
    const outcomes = await this.#threads.run(
      alignments.map(({ path, source, destination }) => ({ do: 'align', path, source, before: destination })),
    );
    for (const [index, alignment] of alignments.entries()) {
      const outcome = outcomes[index];
      if (outcome) result.addAlignment(alignment, outcome);
    }
    this.#done.add(result);
    yield result.batch(this.#done.take());
    this.#pass.goOn();
  }

  async #removeTemporaries(paths: readonly ByteName[]): Promise<void> {
    await this.#threads.run(
      paths
        .filter((path) => !path.includes(this.#pass.iteration))
        .map((path): Order => ({ do: 'discard', path, temporary: path.slice(path.lastIndexOf('/') + 1) })),
    );
  }

  /** `rest` comes after what `result` is of; `left` is what was tried of it. */
  #room(
    rest: readonly PlannedOperation[],
    result: BatchResult,
    left: BatchResult | undefined,
  ): NonNullable<AppliedBatch['full']> {
    const { bavail, bsize } = statfsSync(this.#roots.destination.path);
    const freeBytes = bavail * bsize;
    const wanted = rest.reduce((sum, { source }) => sum + (source?.size ?? 0), result.bytesNotCopied);
    return {
      freeBytes,
      missingBytes: Math.max(0, wanted - freeBytes),
      notAttempted: rest.length - (left?.operations.length ?? 0) + result.notBegun,
    };
  }
}
