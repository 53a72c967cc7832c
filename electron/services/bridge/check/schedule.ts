import { asProblem } from '../../../../shared/problem.ts';
import { lookRegularly } from '../../look-regularly.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { clusterBridge } from '../cluster-bridge.ts';

/** How often is looked whether a check is due; its minutes may be changed in the cluster file at any time. */
const lookMilliseconds = 30_000;

export interface ScheduleParts extends Pick<BridgeServiceParts, 'lab' | 'clock' | 'jobs' | 'history'> {
  /** Starts the job; TARGET_IN_USE when one runs. */
  readonly start: () => Promise<unknown>;
}

/**
 * Checks the bridge as often as the cluster file says (`thunderbridge.check.everyMinutes`), until the signal. Bugs go to
 * `failed`; that there is no bridge, or that the lab cannot be read, is no reason to say anything every half minute.
 */
export function keepChecking(
  parts: ScheduleParts,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): void {
  lookRegularly(scheduledLook(parts), { milliseconds: lookMilliseconds, signal, failed });
}

/** One look: starts a check when one is due, nothing else is at work on the bridge, and says whether it did. */
export function scheduledLook(parts: ScheduleParts): () => Promise<boolean> {
  const { lab, clock, jobs, history, start } = parts;
  let startedAt: Date | undefined;
  return async () => {
    try {
      const { checkEveryMinutes: minutes } = await clusterBridge(lab);
      if (minutes === undefined) return false;
      const now = clock.now();
      // A check of any process counts, and one of ours that could not be kept, too.
      const [newest] = await history.newest(1);
      const last = [newest === undefined ? undefined : new Date(newest.at), startedAt];
      if (!last.every((at) => isDue(at, now, minutes))) return false;
      const isDeploying = (await jobs.list()).some(
        ({ kind, state }) => kind === 'bridge-deploy' && state === 'running',
      );
      if (isDeploying) return false;
      startedAt = now;
      await start();
      return true;
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      return false;
    }
  };
}

/** A check from the future was made before somebody set the clock: it says nothing about now. */
function isDue(last: Date | undefined, now: Date, minutes: number): boolean {
  if (last === undefined) return true;
  const passed = now.getTime() - last.getTime();
  return passed < 0 || passed >= minutes * 60_000;
}
