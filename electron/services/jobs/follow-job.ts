import type { JobEvent } from '../../../shared/schemas/job.ts';
import { cutOffEnd, readJournalState } from './journal-state.ts';
import { openJournal, parseJobEvent } from './journal.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { RunningJob } from './running-job.ts';

/**
 * How often the journal of another process is looked at. Its owner writes at most a few lines a second, and a look at
 * an open file costs nothing and works on every disk, where file system notices do not.
 */
const lookMilliseconds = 200;

/**
 * One job's events from the first, then live; ends after `ended`, or quietly when the signal is aborted. Everything
 * comes from the journal; `own` (a job of this process) only says at once when there is more, and knows the end of a
 * job whose journal could not take it. Answers nothing at all when there is no such journal.
 */
export async function* followJob(
  file: string,
  id: string,
  parts: { own: () => RunningJob | undefined; identity: ProcessIdentity; signal: AbortSignal | undefined },
): AsyncGenerator<JobEvent> {
  const { own, identity, signal } = parts;
  const journal = await openJournal(file);
  if (!journal) return;
  const bell = new Bell(signal);
  const stopListening = own()?.onLine(() => bell.ring());
  try {
    let owner;
    let ownerGone = false;
    for (;;) {
      if (signal?.aborted) return;
      const unwritten = own()?.unwritten;
      for await (const line of journal.lines()) {
        const event = parseJobEvent(line);
        if (!event) {
          if (!owner) return;
          continue;
        }
        if (event.type === 'started') {
          if (owner || event.id !== id) return;
          owner = event.owner;
        } else if (!owner) return;
        yield event;
        if (event.type === 'ended' || signal?.aborted) return;
      }
      if (unwritten) {
        yield unwritten;
        return;
      }
      if (ownerGone) {
        const state = await readJournalState(file, id);
        if (state) yield state.ended ?? cutOffEnd(state);
        return;
      }
      // Seen dead, its last words may still be unread: one more look before they are missed.
      ownerGone = owner !== undefined && !identity.isAlive(owner);
      if (!ownerGone) await bell.next(lookMilliseconds);
    }
  } finally {
    stopListening?.();
    bell.silence();
    await journal.close();
  }
}

/** Wakes one waiter when it is rung, when the time is up or when the signal is aborted. */
class Bell {
  readonly #signal: AbortSignal | undefined;
  readonly #ring = (): void => this.ring();
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#ring);
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async next(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#rung = false;
  }

  silence(): void {
    this.#signal?.removeEventListener('abort', this.#ring);
  }
}
