import { setTimeout as pause } from 'node:timers/promises';
import { cancelled } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { KubernetesFailure } from './kubernetes-request.ts';
import type { LeaseApi } from './lease-api.ts';
import { holderOf, type Lease, renewedLease } from './lease-record.ts';
import {
  endDeadline,
  isStillHeld,
  laterBy,
  type Moment,
  newDeadline,
  setDeadline,
  thisMoment,
} from './lock-deadline.ts';
import { lockLost } from './lock-problems.ts';
import type { SyncLock, SyncLockRequest } from './sync-lock.ts';

/**
 * Of the duration of a lease, the part in which its holder acts on it. Whoever takes over waits for all of it, counted from
 * a later moment, so that a step that was begun just before the deadline is over by then.
 */
const usedPart = 0.9;
/** After a renewal that failed; a heartbeat of the shortest lease is 1.7 seconds. */
const longestPause = 10_000;
/** A pod is killed 30 seconds after it was asked to end. */
const releaseMilliseconds = 8000;

/**
 * A lease that this process holds. A heartbeat renews it every third of its duration and moves the deadline, counted from
 * before the request was sent, once the server has said yes. A holder that finds itself past the deadline (it was stopped,
 * the computer slept, the server was away) has lost the lock, although the record may still name it: another one may be
 * about to take over.
 */
export class HeldLease implements SyncLock {
  readonly deadline: SharedArrayBuffer = newDeadline();
  private readonly api: LeaseApi;
  private readonly request: SyncLockRequest;
  private readonly signal: AbortSignal;
  private readonly losing = new AbortController();
  /** As the server last answered it. */
  private lease: Lease;
  private timer: NodeJS.Timeout | undefined;
  private isReleased = false;
  private lastFailure: string | undefined;
  /** One request at a time: each needs the resourceVersion of the one before. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(from: {
    api: LeaseApi;
    request: SyncLockRequest;
    lease: Lease;
    since: Moment;
    signal: AbortSignal;
  }) {
    this.api = from.api;
    this.request = from.request;
    this.lease = from.lease;
    this.signal = from.signal;
    this.extend(from.since);
    this.beatIn(this.heartbeat);
  }

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  async confirm(): Promise<void> {
    for (;;) {
      this.lost.throwIfAborted();
      if (this.isReleased) throw lockLost(this.request.pair, 'it was given back.');
      if (this.signal.aborted) throw cancelled('The run stopped before its next change.');
      if (!isStillHeld(this.deadline)) throw this.lose(this.tooLate());
      try {
        await this.inTurn(() => this.look(this.signal));
        // Not when it was found lost, nor when the answer took longer than there was time.
        if (isStillHeld(this.deadline)) return;
      } catch (error) {
        const reason = this.note(error);
        // What is refused now will be refused until the deadline.
        if (error instanceof KubernetesFailure && !error.isPassing)
          throw this.lose(`the cluster no longer says who holds it (${reason}).`);
        // Ends early when there is no more reason to wait.
        const signal = AbortSignal.any([this.signal, this.lost]);
        await pause(this.retryPause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async release(): Promise<void> {
    endDeadline(this.deadline);
    if (this.isReleased) return;
    this.isReleased = true;
    clearTimeout(this.timer);
    const giveUpAt = performance.now() + releaseMilliseconds;
    const remove = this.inTurn(async () => {
      while (performance.now() < giveUpAt) {
        try {
          if ((await this.api.remove(this.lease)) === 'gone') return;
          // Changed since: by whoever has it now, or by our own request whose answer did not come.
          const { lease } = await this.api.get();
          if (lease === undefined || holderOf(lease) !== this.request.holder) return;
          this.lease = lease;
        } catch {
          await pause(Math.min(500, this.retryPause));
        }
      }
    });
    // One that cannot be given back runs out.
    await Promise.race([remove, pause(releaseMilliseconds, undefined, { ref: false })]);
  }

  private get ttl(): number {
    return this.request.ttlSeconds * 1000;
  }

  private get heartbeat(): number {
    return this.ttl / 3;
  }

  private get retryPause(): number {
    return Math.min(longestPause, this.ttl / 12);
  }

  private extend(since: Moment): void {
    setDeadline(this.deadline, laterBy(since, this.ttl * usedPart));
  }

  private beatIn(milliseconds: number): void {
    if (this.isOver) return;
    // A run that has ended otherwise does not wait for it.
    this.timer = setTimeout(() => void this.beat(), milliseconds).unref();
  }

  private get isOver(): boolean {
    return this.isReleased || this.lost.aborted;
  }

  private async beat(): Promise<void> {
    let next = this.heartbeat;
    try {
      await this.inTurn(() => this.renew());
    } catch (error) {
      this.note(error);
      next = this.retryPause;
    }
    this.beatIn(next);
  }

  private async renew(): Promise<void> {
    for (;;) {
      if (this.isOver) return;
      if (!isStillHeld(this.deadline)) {
        this.lose(this.tooLate());
        return;
      }
      const since = thisMoment();
      const answer = await this.api.update(renewedLease(this.lease, this.request, new Date(since.wall)));
      // Whoever gave up meanwhile does not begin anew.
      if (this.isOver) return;
      if (answer.is === 'done') {
        this.lease = answer.lease;
        this.lastFailure = undefined;
        this.extend(since);
        return;
      }
      // Somebody else's, or our own record with a label more, or renewed by a request whose answer did not come.
      await this.look();
    }
  }

  /** Reads the record; finds the lock lost when it is not ours any more. */
  private async look(signal?: AbortSignal): Promise<void> {
    const { lease } = await this.api.get(signal);
    if (this.isOver) return;
    const holder = lease && holderOf(lease);
    if (lease !== undefined && holder === this.request.holder) {
      this.lease = lease;
      return;
    }
    if (lease === undefined) this.lose('its Lease was deleted.');
    else if (holder === undefined) this.lose('its Lease was given back by somebody else.');
    else this.lose(`${onOneLine(holder, 320)} has taken it.`);
  }

  private lose(why: string): Error {
    endDeadline(this.deadline);
    const problem = lockLost(this.request.pair, why);
    if (!this.lost.aborted) this.losing.abort(problem);
    return problem;
  }

  private tooLate(): string {
    return `it was not renewed in time (${this.lastFailure ?? 'this process was stopped for too long'}).`;
  }

  private note(failure: unknown): string {
    this.lastFailure = onOneLine(failure instanceof Error ? failure.message : String(failure), 300);
    return this.lastFailure;
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
