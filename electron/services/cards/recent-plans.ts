import type { CardPlan } from '../../../shared/schemas/card.ts';
import type { Clock } from '../clock.ts';
import type { CardRequest } from './card-service.ts';

/** A plan that was shown, and what it was made for. */
export interface ShownPlan {
  readonly request: CardRequest;
  readonly plan: CardPlan;
}

export interface RecentPlans {
  remember(digest: string, shown: ShownPlan): void;
  recall(digest: string): ShownPlan | undefined;
}

const capacity = 32;
const lifetimeMilliseconds = 60 * 60 * 1000;

/** The plans that may still be burned: the newest 32 of the last hour, in memory, since a plan is cheap to make again. */
export function createRecentPlans(clock: Clock): RecentPlans {
  const plans = new Map<string, { shown: ShownPlan; until: number }>();
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
