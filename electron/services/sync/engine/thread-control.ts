import { isStillHeld } from '../lock/lock-deadline.ts';

/** Why the threads that change files go no further. */
export type StopReason = 'none' | 'cancelled' | 'lock-lost' | 'full';
const reasons: readonly StopReason[] = ['none', 'cancelled', 'lock-lost', 'full'];

/**
 * What the threads look at before every step: whether somebody told them to stop, and until when the lock is certainly held.
 * Plain memory that all of them share, since a thread that copies reads no messages.
 */
export class ThreadControl {
  readonly memory: SharedArrayBuffer;
  readonly #deadline: SharedArrayBuffer;
  readonly #stop: Int32Array;

  constructor(deadline: SharedArrayBuffer, memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#deadline = deadline;
    this.#stop = new Int32Array(memory);
  }

  /** The first reason stands. */
  stop(reason: StopReason): void {
    Atomics.compareExchange(this.#stop, 0, 0, reasons.indexOf(reason));
  }

  /** Whether bytes may still be read and written to temporaries. */
  get stopped(): StopReason {
    return reasons[Atomics.load(this.#stop, 0)] ?? 'cancelled';
  }

  /** Whether something may still be replaced or taken away. A full disk does not matter to that. */
  get mayChange(): boolean {
    if (!isStillHeld(this.#deadline)) this.stop('lock-lost');
    return this.stopped === 'none' || this.stopped === 'full';
  }
}
