import type { Clock } from './clock.ts';

/** Plans that were shown, by their digests, with whatever they are made again from. */
export interface RecentPlans<Shown> {
  remember(digest: string, shown: Shown): void;
  recall(digest: string): Shown | undefined;
}

const capacity = 32;
const lifetimeMilliseconds = 60 * 60 * 1000;

/** The plans that may still be run: the newest 32 of the last hour, in memory, since a plan is cheap to make again. */
export function createRecentPlans<Shown>(clock: Clock): RecentPlans<Shown> {
  const plans = new Map<string, { shown: Shown; until: number }>();
  return {
    remember(digest, shown) {
      plans.delete(digest);
      plans.set(digest, { shown, until: clock.now().getTime() + lifetimeMilliseconds });
      for (const oldest of plans.keys()) {
        if (plans.size <= capacity) break;
        plans.delete(oldest);
      }
    },
    recall(digest) {
      const found = plans.get(digest);
      if (found === undefined || found.until <= clock.now().getTime()) return undefined;
      return found.shown;
    },
  };
}
