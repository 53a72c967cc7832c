import { randomUUID } from 'node:crypto';
import type { Order, Outcome } from './apply-step.ts';
import type { ApplyThreads } from './apply-threads.ts';
import { BatchResult } from './batch-result.ts';
import {
  type Change,
  type Copy,
  discardOrders,
  folderOrder,
  makesFile,
  makesFolder,
  placeOf,
  removalOf,
  temporaryPath,
} from './change-orders.ts';
import type { DoneSoFar } from './done-so-far.ts';
import type { ByteName, Entry } from './entry.ts';
import type { LeftFolder } from './left-folders.ts';
import type { Pass } from './pass.ts';
import { intentOf, type Step } from './rows.ts';
import type { PlannedOperation } from './sync-plan.ts';
import { temporaryName } from './temporaries.ts';
import { WriteOut } from './write-out.ts';

/** From here on the disk is kept busy while a batch is copied; most batches are less than that. */
const muchBytes = 512 << 20;

/** A batch of which the folders are made, and the copies lie in temporaries. */
export interface PreparedBatch {
  readonly copies: readonly Copy[];
  readonly removals: readonly Step[];
  readonly result: BatchResult;
  /** How many syncs had failed when the first copy was begun. */
  readonly failedSyncs: number;
}

/**
 * Whether it may be prepared while the batch before it is carried out: then nothing is replaced by that, and no sync is asked
 * for that could be taken for one of the other batch.
 */
export function mayBePreparedAhead(operations: readonly PlannedOperation[]): boolean {
  return !operations.some((planned) => makesFolder(planned) && planned.destination);
}

/** The two halves of every batch: what is made beside the live names, and what then becomes of these. */
export class ApplyBatch {
  readonly #pass: Pass;
  readonly #threads: ApplyThreads;
  readonly #done: DoneSoFar;
  /** Made by this pass: their modes and times are set when everything is in them. */
  readonly #folders: { readonly path: ByteName; readonly source: Entry }[] = [];
  #temporaries = 0;
  #failedSyncs = 0;
  #writtenOutIll = false;

  constructor(pass: Pass, threads: ApplyThreads, done: DoneSoFar) {
    this.#pass = pass;
    this.#threads = threads;
    this.#done = done;
  }

  async prepare(operations: readonly PlannedOperation[]): Promise<PreparedBatch> {
    const result = new BatchResult(this.#pass.iteration);
    const failedSyncs = this.#failedSyncs;
    const steps = operations.map((planned) => ({ planned, uid: randomUUID() }));
    await this.#makeFolders(
      steps.filter(({ planned }) => makesFolder(planned)),
      result,
    );
    const copies = await this.#copy(
      steps.filter(({ planned }) => makesFile(planned)),
      result,
    );
    const removals = steps.filter(({ planned }) => planned.operation === 'delete');
    return { copies, removals, result, failedSyncs };
  }

  /** Up to its first wait, what it is about to do has been written down. SYNC_LOCK_LOST, SYNC_ROOT_LOST, CANCELLED. */
  async carryOut(batch: PreparedBatch): Promise<void> {
    if (!(await this.#promise(batch))) return;
    try {
      await this.#pass.confirm();
    } catch (error) {
      await this.discard(batch);
      throw error;
    }
    await this.#change(batch);
  }

  /** Takes the copies away again. */
  async discard({ copies }: Pick<PreparedBatch, 'copies'>): Promise<void> {
    await this.#threads.run(discardOrders(copies), { first: true });
  }

  async sync(): Promise<boolean> {
    const well = await this.#pass.sync();
    if (well) this.#done.synced(true);
    else this.#failed();
    return well;
  }

  /** Whether a sync has failed since its own: what it changed may be what could not be written. */
  isDoubted({ failedSyncs }: PreparedBatch): boolean {
    return failedSyncs !== this.#failedSyncs;
  }

  /** The last sync. False also when one that nobody waited for had failed: it was told what no other one is told again. */
  async syncAll(): Promise<boolean> {
    return (await this.sync()) && !this.#writtenOutIll;
  }

  /** The deepest first: setting what is in a folder does not change the folder's own time, but making it did. */
  async finishFolders(left: readonly LeftFolder[]): Promise<void> {
    const orders = this.#folders
      .map(({ path, source }): Order => ({ do: 'finish-folder', path, source }))
      .toReversed();
    const outcomes = await this.#threads.runInOrder(orders);
    const own = new Set(this.#folders.map(({ path }) => path));
    await this.#threads.runInOrder(
      left
        .filter(({ path }) => !own.has(path))
        .map(({ path, source }) => ({ do: 'finish-folder', path, source, left: true })),
    );
    // The next run finds them among what this one was about to make.
    if (outcomes.some(({ result }) => result === 'failed' || result === 'stopped')) this.#pass.leaveOpen();
  }

  #failed(): void {
    this.#failedSyncs += 1;
    this.#done.synced(false);
  }

  /** First, since the copies go into them. */
  async #makeFolders(steps: readonly Step[], result: BatchResult): Promise<void> {
    if (steps.length === 0) return;
    const intents = steps.map((step) =>
      intentOf(step, step.planned.source ? { made: step.planned.source } : {}),
    );
    if (!this.#pass.note(intents, steps, result)) return;
    if (steps.some(({ planned }) => planned.destination)) {
      if (!(await this.sync())) return result.failAll(steps, this.#pass.syncFailure);
      await this.#pass.confirm();
    }
    const orders = steps.map(({ planned }) => folderOrder(planned));
    const outcomes = await this.#threads.runInOrder(orders);
    for (const [index, step] of steps.entries()) {
      const outcome = outcomes[index];
      if (!outcome) continue;
      result.add(step, outcome);
      if (outcome.result === 'done' && step.planned.source) {
        this.#folders.push({ path: step.planned.path, source: step.planned.source });
      }
      if (outcome.result === 'failed') this.#pass.leaveOpen();
    }
  }

  /** To temporaries; answers those that are complete. */
  async #copy(steps: readonly Step[], result: BatchResult): Promise<Copy[]> {
    const orders = steps.map(({ planned }) => this.#copyOrder(planned));
    const outcomes = await this.#copied(orders);
    return steps.flatMap((step, index) => {
      const [order, outcome] = [orders[index], outcomes[index]];
      if (!order || !outcome) return [];
      if (outcome.result === 'done' && outcome.after) {
        return [{ step, temporary: order.temporary, made: outcome.after, started: outcome.started }];
      }
      result.add(step, outcome);
      return [];
    });
  }

  async #copied(orders: readonly (Order & { do: 'copy' })[]): Promise<Outcome[]> {
    const bytes = orders.reduce((sum, { source }) => sum + source.size, 0);
    if (bytes < muchBytes || this.#pass.syncEach) return this.#threads.run(orders);
    const writeOut = new WriteOut(() => this.#pass.sync());
    try {
      return await this.#threads.run(orders);
    } finally {
      if (!(await writeOut.end())) {
        this.#writtenOutIll = true;
        this.#failed();
      }
    }
  }

  #copyOrder({ path, source }: PlannedOperation): Order & { do: 'copy' } {
    if (!source) throw new TypeError('a file that is to be made has a source');
    this.#temporaries += 1;
    return { do: 'copy', path, source, temporary: temporaryName(this.#pass.iteration, this.#temporaries) };
  }

  /**
   * Writes down what is about to be done, and makes it durable together with the copies. False when nothing may be done. Linux
   * tells of a write that failed once: where it told an earlier batch, it may have been one of these copies.
   */
  async #promise(batch: PreparedBatch): Promise<boolean> {
    const { copies, removals, result, failedSyncs } = batch;
    const steps = [...copies.map(({ step }) => step), ...removals];
    if (steps.length === 0) return false;
    const intents = [
      ...copies.map((copy) => intentOf(copy.step, { made: copy.made, from: temporaryPath(copy) })),
      ...removals.map((step) => intentOf(step, {})),
    ];
    if (this.#pass.note(intents, steps, result)) {
      const well = await this.sync();
      if (well && failedSyncs === this.#failedSyncs) return true;
      result.failAll(steps, this.#pass.syncFailure);
    }
    await this.discard(batch);
    return false;
  }

  async #change({ copies, removals, result }: PreparedBatch): Promise<void> {
    const overFolders = copies.filter(({ step }) => step.planned.destination?.kind === 'folder');
    const others = copies.filter((copy) => !overFolders.includes(copy));
    const files = removals.filter(({ planned }) => planned.kind !== 'folder');
    const folders = removals.filter(({ planned }) => planned.kind === 'folder');
    const together: readonly Change[] = [...others.map(placeOf), ...files.map(removalOf)];
    const inOrder: readonly Change[] = [...overFolders.map(placeOf), ...folders.map(removalOf)];
    const first = { first: true };
    const outcomes = await this.#threads.run(
      together.map(({ order }) => order),
      first,
    );
    const ordered = await this.#threads.runInOrder(
      inOrder.map(({ order }) => order),
      first,
    );
    outcomes.push(...ordered);
    const left: Copy[] = [];
    for (const [index, { step, copy }] of [...together, ...inOrder].entries()) {
      const outcome = outcomes[index];
      if (!outcome) continue;
      result.add(step, copy ? { ...outcome, started: copy.started } : outcome, copy?.made.size);
      if (outcome.result === 'stopped' && copy) left.push(copy);
      if (outcome.result === 'failed') this.#pass.leaveOpen();
    }
    await this.discard({ copies: left });
  }
}
