import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import type { Clock } from '../clock.ts';
import { type FoundLock, OwnedLocks } from '../jobs/owned-lock.ts';
import type { ProcessIdentity } from '../jobs/process-identity.ts';
import { writeProblem } from './file-errors.ts';
import { onOneLine } from './plain-text.ts';

/** The lock of a lab, in its root, so that it holds for every machine that shares the folder. */
export const lockFileName = '.sifaka.lock';

/** Who holds a lab says no more than who it is. */
const nothingMore = z.object({});

export interface LabLockOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** How long to wait for another holder before LAB_LOCKED. */
  readonly waitMilliseconds: number;
}

/** Mutual exclusion of all writers of a lab: calls of this process queue, other processes are kept out by a lock file. */
export class LabLock {
  private readonly waitMilliseconds: number;
  private readonly locks: OwnedLocks<object>;
  private queue: Promise<unknown> = Promise.resolve();

  constructor({ root, clock, identity, waitMilliseconds }: LabLockOptions) {
    this.waitMilliseconds = waitMilliseconds;
    // Others who share the lab must be able to read who holds it.
    this.locks = new OwnedLocks({ folder: root, clock, identity, about: nothingMore, mode: 0o644 });
  }

  /** Runs alone in this lab. LAB_LOCKED, LAB_READ_ONLY, LAB_UNWRITABLE. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.queue.then(() => this.hold(work));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    const nonce = await this.acquire();
    try {
      // Litter does no harm: it is no reason not to do what was asked for.
      await this.locks.sweep(lockFileName).catch(() => undefined);
      return await work();
    } finally {
      await this.locks.drop(lockFileName, nonce).catch((error: unknown) => {
        throw writeProblem(
          lockFileName,
          error,
          'What was asked for is done, but the lab stays locked by this process.',
        );
      });
    }
  }

  private async acquire(): Promise<string> {
    const until = performance.now() + this.waitMilliseconds;
    for (;;) {
      const taken = await this.locks.take(lockFileName, {}).catch((error: unknown) => {
        throw writeProblem(lockFileName, error);
      });
      if (typeof taken === 'string') return taken;
      if (performance.now() >= until) throw locked(taken.held);
      await setTimeout(5 + Math.random() * 20);
    }
  }
}

function locked({ lock: holder }: FoundLock<object>): Problem {
  const who = holder
    ? `process ${holder.owner.pid} on ${onOneLine(holder.owner.host, 80)}, since ${holder.since}`
    : 'a process that does not say who it is';
  return new Problem('LAB_LOCKED', {
    what: `Another Sifaka is changing this lab: ${who}.`,
    state: 'Nothing was changed.',
    next: `Try again when it is done. If that machine no longer runs, remove ${lockFileName} from the lab folder.`,
    where: { file: lockFileName },
  });
}
