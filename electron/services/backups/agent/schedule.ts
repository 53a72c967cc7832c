import { asProblem } from '../../../../shared/problem.ts';
import { lookRegularly } from '../../look-regularly.ts';
import type { BackupParts } from '../parts.ts';
import { readAgentsFile } from './agent-memory.ts';

/** How often is looked whether it is time. */
const lookMilliseconds = 60_000;
const hour = 60 * 60 * 1000;

export interface ScheduleParts extends Pick<BackupParts, 'lab' | 'clock'> {
  readonly collect: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Collects from the agents once an hour, until the signal, while a host lives that stays. Bugs go to `failed`; that the lab
 * or a node cannot be reached is no reason to say anything every hour.
 */
export function keepCollecting(
  parts: ScheduleParts,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): void {
  const look = scheduledCollection(parts);
  const heard = (error: unknown) => {
    if (!signal.aborted) failed(error);
  };
  lookRegularly(() => look(signal), { milliseconds: lookMilliseconds, signal, failed: heard });
}

/** One look: collects when some node is known to have an agent and nobody, on any machine, has for an hour; says whether. */
export function scheduledCollection({
  lab,
  clock,
  collect,
}: ScheduleParts): (signal: AbortSignal) => Promise<boolean> {
  let tried: Date | undefined;
  return async (signal) => {
    try {
      const known = await readAgentsFile(lab);
      if (known?.nodes.some(({ state }) => state !== 'absent') !== true) return false;
      const now = clock.now();
      if (![new Date(known.at), tried].every((at) => isPast(at, now))) return false;
      tried = now;
      await collect(signal);
      return true;
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      return false;
    }
  };
}

/** What was done in the future was done before somebody set the clock: it says nothing about now. */
function isPast(at: Date | undefined, now: Date): boolean {
  if (at === undefined) return true;
  const passed = now.getTime() - at.getTime();
  return passed < 0 || passed >= hour;
}
