import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../../../../shared/problem.ts';

/** Between two pieces of long work of a plan: whatever else this thread has to do, as the heartbeat of its lock. CANCELLED. */
export async function giveTurn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw cancelled('Nothing was changed.');
}
