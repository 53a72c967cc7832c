import { randomUUID } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asProblem, cancelled, Problem } from '../../../shared/problem.ts';
import type { Progress, StepProgress } from '../../../shared/progress.ts';
import { jobReportSchema, type JobEvent } from '../../../shared/schemas/job.ts';
import type { Clock } from '../clock.ts';
import { journalUnwritable } from './file-errors.ts';
import type { JobReporter, JobRequest } from './job-registry.ts';
import type { EndedEvent } from './journal-state.ts';
import type { JournalWriter } from './journal.ts';
import type { ProgressMeter } from './progress-meter.ts';
import type { HeldLock } from './subject-lock.ts';

/** Where details of bugs and lost journal lines go; never the screen. */
export type LogFailure = (message: string, error: unknown) => void;

/** A job of this process, from its first line to its last. */
export interface RunningJob {
  readonly id: string;
  cancel(): void;
  /** Resolves with the last line when it was written (or could not be); never rejects. */
  readonly finished: Promise<EndedEvent>;
  /** The last line, if the journal could not take it. */
  readonly unwritten: EndedEvent | undefined;
  /** Calls back after each line that was written, and at the end. */
  onLine(listener: () => void): () => void;
}

/** Progress lines are this far apart; the last of each step always comes. */
const progressSpacingMilliseconds = 250;
/** Bytes that stand still for so long are measured again; a single slow write of a card is no stall yet. */
const stallMilliseconds = 2_000;
/** How soon the owner sees that another process asked it to stop. A plain look at one name works on every disk. */
const cancelPollMilliseconds = 200;

/**
 * Runs a job whose lock is held and whose journal has its first line.
 *
 * When the journal cannot be written any more (a full disk), the work goes on: a card half written because of a lost
 * line of progress would be the worse end. Lost lines are counted and named once writing works again. Only `ifCutOff`
 * rejects (JOURNAL_UNWRITABLE): nobody may pass into a state that a crash would leave unnamed.
 */
export function runJob(
  request: JobRequest,
  parts: {
    id: string;
    journal: JournalWriter;
    lock: HeldLock;
    meter: ProgressMeter;
    cancelFile: string;
    clock: Clock;
    log: LogFailure;
  },
): RunningJob {
  const { id, journal, lock, meter, cancelFile, clock, log } = parts;
  const controller = new AbortController();
  const listeners = new Set<() => void>();
  const finalSaid = new Set<string>();
  let ifCutOff = request.ifCutOff;
  let lost = 0;
  let unwritten: EndedEvent | undefined;
  let ended = false;
  let pending: Progress | undefined;
  let counted: StepProgress | undefined;
  let lastSaidAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const now = (): string => clock.now().toISOString();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  async function write(event: JobEvent, durable: boolean): Promise<void> {
    try {
      await journal.append(event, { durable });
    } catch (error) {
      lost += 1;
      if (lost === 1) log(`job ${id}: its journal cannot be written`, error);
      throw error;
    }
    tell();
    if (lost === 0 || ended) return;
    const text = `${lost} lines of this journal could not be written.`;
    lost = 0;
    await write({ type: 'note', at: now(), text }, false);
  }

  /** For lines whose loss is no reason to stop; `write` has counted and logged it. */
  function say(event: JobEvent): void {
    write(event, false).catch(() => undefined);
  }

  function sayProgress(progress: Progress): void {
    pending = undefined;
    lastSaidAt = performance.now();
    say({ type: 'progress', at: now(), progress });
  }

  function sayPending(): void {
    clearTimeout(timer);
    timer = undefined;
    if (pending) sayProgress(pending);
  }

  /** A drive that takes nothing for a while is no longer as fast as it was: a few lines until that shows, and no more. */
  function sayStall(): void {
    const at = performance.now();
    const { unit, rate } = meter.current();
    if (!counted || pending || unit !== 'bytes' || rate === 0 || counted.done >= counted.total) return;
    if (at - lastSaidAt >= stallMilliseconds) sayProgress(meter.update(counted, at));
  }

  const report: JobReporter = {
    progress(step) {
      if (ended) return;
      const at = performance.now();
      counted = step;
      const progress = meter.update(step, at);
      if (pending && pending.step !== progress.step) sayPending();
      const final = step.total > 0 && step.done >= step.total && !finalSaid.has(step.step);
      if (final) finalSaid.add(step.step);
      if (final || at - lastSaidAt >= progressSpacingMilliseconds) return sayProgress(progress);
      pending = progress;
      timer ??= setTimeout(sayPending, progressSpacingMilliseconds - (at - lastSaidAt));
    },
    note(text) {
      if (ended) return;
      // A note is about the step that has begun, and is read below it.
      sayPending();
      say({ type: 'note', at: now(), text });
    },
    async ifCutOff(state) {
      sayPending();
      try {
        await write({ type: 'progress', at: now(), progress: meter.current(), ifCutOff: state }, true);
      } catch (error) {
        throw journalUnwritable(
          dirname(cancelFile),
          `The run stopped before its next step. ${ifCutOff}`,
          error,
        );
      }
      ifCutOff = state;
    },
  };

  async function work(): Promise<EndedEvent> {
    try {
      const result = await request.run({ jobId: id, signal: controller.signal, report });
      if (!('done' in result)) {
        // A report that readers would refuse must not cost the journal its last line.
        return { type: 'ended', at: now(), outcome: 'done', report: jobReportSchema.parse(result) };
      }
      const { done, problem } = result;
      const left = { problem: problem.toRecord(), report: jobReportSchema.parse(done) };
      return { type: 'ended', at: now(), outcome: 'failed', ...left };
    } catch (error) {
      const problem = problemOf(error);
      const outcome = problem.code === 'CANCELLED' ? 'cancelled' : 'failed';
      return { type: 'ended', at: now(), outcome, problem: problem.toRecord() };
    }
  }

  function problemOf(error: unknown): Problem {
    const problem = asProblem(error);
    if (problem) return problem;
    // What Node's own functions throw when their signal is aborted.
    if (controller.signal.aborted && error instanceof Error && error.name === 'AbortError')
      return cancelled(ifCutOff);
    const reference = randomUUID();
    log(`job ${id}: reference ${reference}`, error);
    return new Problem('INTERNAL', {
      what: `“${request.title}” ended because of a mistake in Sifaka (reference ${reference}).`,
      state: ifCutOff,
      next: 'Start it again; if it ends like this again, report it with the reference, which stands in the log.',
    });
  }

  async function untilCancelled(): Promise<void> {
    try {
      await lstat(cancelFile);
      controller.abort();
    } catch {
      // Not there: nobody has asked.
    }
  }
  const poll = setInterval(() => {
    sayStall();
    void untilCancelled();
  }, cancelPollMilliseconds);

  async function finish(): Promise<EndedEvent> {
    const last = await work();
    clearInterval(poll);
    sayPending();
    ended = true;
    // The subject is free before the job says so, for who starts the next job upon it.
    await lock.release().catch((error: unknown) => log(`job ${id}: its lock could not be released`, error));
    await write(last, true).catch(() => {
      unwritten = last;
    });
    await journal.close().catch((error: unknown) => log(`job ${id}: its journal could not be closed`, error));
    await rm(cancelFile, { force: true }).catch((error: unknown) =>
      log(`job ${id}: ${cancelFile} is left`, error),
    );
    tell();
    return last;
  }

  return {
    id,
    cancel: () => controller.abort(),
    finished: finish(),
    get unwritten() {
      return unwritten;
    },
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
