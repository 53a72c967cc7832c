import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import type { SyncLock } from '../lock/sync-lock.ts';
import { lockLost, notDurableState } from './apply-problems.ts';
import type { BatchResult } from './batch-result.ts';
import { type Intent, IntentLog } from './intents.ts';
import { confirmRoot, type Root } from './open-roots.ts';
import type { Step } from './rows.ts';
import { hasSyncFileSystem, syncFileSystem } from './sync-file-system.ts';
import { errorCode, isFull } from './system-words.ts';
import { ThreadControl } from './thread-control.ts';

export interface PassOptions {
  readonly iteration: SyncIteration;
  readonly lock: Pick<SyncLock, 'deadline' | 'confirm' | 'lost'>;
  readonly signal: AbortSignal;
}

/** What every pass over a root that changes it needs: when to stop, what is written down first, and what makes it durable. */
export class Pass {
  readonly control: ThreadControl;
  readonly iteration: string;
  /** There is no syncfs here: each file is synced by itself. */
  readonly syncEach = !hasSyncFileSystem();
  readonly #options: PassOptions;
  readonly #changed: Root;
  readonly #others: readonly Root[];
  readonly #intents: IntentLog;
  readonly #cancel = (): void => this.control.stop('cancelled');
  readonly #lose = (): void => this.control.stop('lock-lost');
  #done = 0;
  readonly #notDone: string[] = [];
  #clean = true;
  #syncFailure = 'EIO';

  constructor(changed: Root, options: PassOptions, others: readonly Root[] = []) {
    this.#changed = changed;
    this.#others = others;
    this.#options = options;
    this.iteration = options.iteration.iteration_uid;
    this.control = new ThreadControl(options.lock.deadline);
    this.#intents = new IntentLog(changed, options.iteration, { syncEach: this.syncEach });
    options.signal.addEventListener('abort', this.#cancel);
    options.lock.lost.addEventListener('abort', this.#lose);
  }

  /** Throws when the pass is to go no further: SYNC_LOCK_LOST, CANCELLED. */
  goOn(): void {
    const { signal, lock } = this.#options;
    if (lock.lost.aborted) throw lock.lost.reason instanceof Problem ? lock.lost.reason : lockLost();
    if (signal.aborted) this.control.stop('cancelled');
    if (this.control.mayChange) return;
    if (this.control.stopped === 'lock-lost') throw lockLost();
    const done = `${this.#done} changes were made before that, each of them whole.`;
    throw cancelled(this.#done === 0 ? 'Nothing was changed.' : done);
  }

  /** Before anything is replaced or taken away: the roots are there, and the lock is held. SYNC_ROOT_LOST besides. */
  async confirm(): Promise<void> {
    this.goOn();
    for (const root of [this.#changed, ...this.#others]) confirmRoot(root);
    await this.#options.lock.confirm();
    this.goOn();
  }

  /** After the last sync, which is of whatever has the root's name by then. SYNC_ROOT_LOST, with the state that is left then. */
  confirmChanged(): void {
    try {
      confirmRoot(this.#changed);
    } catch (error) {
      const problem = asProblem(error);
      throw problem
        ? new Problem(problem.code, { ...problem.data, state: notDurableState }, { cause: error })
        : error;
    }
  }

  /** False when the steps could not be written down; they have failed then. */
  note(intents: readonly Intent[], steps: readonly Step[], result: BatchResult): boolean {
    try {
      this.#intents.append(intents);
      return true;
    } catch (error) {
      result.failAll(steps, errorCode(error), { full: isFull(error) });
      return false;
    }
  }

  /** False when the file system could not make everything durable. */
  async sync(): Promise<boolean> {
    if (this.syncEach) return true;
    const failure = await syncFileSystem(this.#changed.path);
    this.#syncFailure = failure ?? this.#syncFailure;
    return failure === undefined;
  }

  /** Why the last sync that failed did, as a code of the system. */
  get syncFailure(): string {
    return this.#syncFailure;
  }

  count({ operations, notDone }: BatchResult): void {
    this.#done += operations.length;
    this.#notDone.push(...notDone);
  }

  /** Something failed half-way: the next run looks at every intent again. */
  leaveOpen(): void {
    this.#clean = false;
  }

  /** When it cannot be written down that all is done, the next run finds out by itself. */
  finish(): void {
    if (!this.#clean) return;
    try {
      this.#intents.finish({ ...this.#options.iteration, status: 'success' }, this.#notDone);
    } catch {
      // As after a kill at this moment.
    }
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#cancel);
    this.#options.lock.lost.removeEventListener('abort', this.#lose);
    this.#intents.close();
  }
}
