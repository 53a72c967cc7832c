import { asProblem } from '../../../../shared/problem.ts';
import { lookRegularly } from '../../look-regularly.ts';
import { readKnownArchives } from '../archives/known-archives.ts';
import type { BackupParts } from '../parts.ts';
import { dueTests } from './due-tests.ts';

const lookMilliseconds = 10 * 60 * 1000;
/** A guest whose test could not be made, since its node is silent and the like, waits so long for the next try. */
const againMilliseconds = 6 * 60 * 60 * 1000;

export interface TestScheduleParts extends Pick<BackupParts, 'lab' | 'records' | 'clock' | 'jobs'> {
  /** Starts the job; TARGET_IN_USE when one runs. */
  readonly start: (guest: string) => Promise<unknown>;
}

/**
 * Starts the restore tests that the policy wants, one at a time, until the signal, while a host lives that stays. Bugs go to
 * `failed`; why a test could not be made is in its job.
 */
export function keepTesting(
  parts: TestScheduleParts,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): void {
  lookRegularly(scheduledTest(parts), { milliseconds: lookMilliseconds, signal, failed });
}

/** One look: starts the test that is due longest, when none runs; answers of which guest. */
export function scheduledTest(parts: TestScheduleParts): () => Promise<string | undefined> {
  const tried = new Map<string, number>();
  return async () => {
    try {
      const policy = (await parts.lab.backupPolicy())?.value;
      if (policy?.restoreTests === undefined) return undefined;
      const now = parts.clock.now();
      const guest = dueTests(policy, await readKnownArchives(parts), now).find((address) => {
        const last = tried.get(address);
        return last === undefined || now.getTime() - last >= againMilliseconds || now.getTime() < last;
      });
      if (guest === undefined) return undefined;
      const isTesting = (await parts.jobs.list()).some(
        ({ kind, state }) => kind === 'backup-restore-test' && state === 'running',
      );
      if (isTesting) return undefined;
      tried.set(guest, now.getTime());
      await parts.start(guest);
      return guest;
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      return undefined;
    }
  };
}
