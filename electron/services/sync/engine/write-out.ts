import { setTimeout } from 'node:timers/promises';

/** As often as a disk has something worth writing, and seldom enough for the processes that ask for it not to be felt. */
const everyMs = 500;

/**
 * While a lot is copied, asks again and again for it to be written to the disk, so that the sync in the end has little left
 * to wait for: Linux itself begins only when a tenth of its memory is full of it.
 */
export class WriteOut {
  readonly #sync: () => Promise<boolean>;
  readonly #over = new AbortController();
  readonly #asked: Promise<void>;
  #well = true;

  /** `sync` answers false when something could not be written. */
  constructor(sync: () => Promise<boolean>) {
    this.#sync = sync;
    this.#asked = this.#ask();
  }

  /** False when one of its syncs was told that something could not be written: a later one is not told again. */
  async end(): Promise<boolean> {
    this.#over.abort();
    await this.#asked;
    return this.#well;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      if (!(await this.#sync())) this.#well = false;
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
