import { asProblem, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { SyncLoss } from '../../../../shared/schemas/sync-plans.ts';
import type { SyncRequest } from '../../../../shared/schemas/sync-request.ts';
import { refuseTooMuch } from '../engine/stops.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import type { LabDirection } from './lab-pairs.ts';

/**
 * What a plan replaces and takes away when that is more than its pair allows by itself; nothing when it may run as it is.
 * Whoever agrees to a plan agrees to these, and the plan is run as it was shown: no file besides goes with them.
 */
export function beyondLimits(plan: SyncPlan, request: SyncRequest): SyncLoss | undefined {
  try {
    refuseTooMuch(plan, request);
    return undefined;
  } catch (error) {
    if (asProblem(error) === undefined) throw error;
    const { updates, deletes } = plan.counts;
    return { replaces: updates, deletes };
  }
}

/** The request of a plan that somebody agreed to, for this one run. PLAN_CHANGED when it was to something else. */
export function agreedRequest(
  { request, name }: LabDirection,
  plan: SyncPlan,
  agreed: SyncLoss | undefined,
): SyncRequest {
  if (agreed === undefined) return request;
  const loss = beyondLimits(plan, request);
  if (loss?.replaces !== agreed.replaces || loss.deletes !== agreed.deletes) {
    throw new Problem('PLAN_CHANGED', {
      what: `What was agreed to is not what the reviewed plan of ${name} would replace and delete.`,
      state: 'Nothing was changed.',
      next: 'Review it again.',
    });
  }
  return { ...request, maxDeletePercent: 100, allowEverythingChanged: true };
}

/** In a window nobody types options: what lets the run go on stands below the plan. */
export function stopInWindow(stop: ProblemRecord): ProblemRecord {
  const look: Partial<Record<ProblemRecord['code'], string>> = {
    SYNC_TOO_MANY_DELETIONS:
      'See whether the source is complete and mounted. If these are to go, agree to it beside the button that runs it.',
    SYNC_EVERYTHING_CHANGED:
      'See what changed them. If they are right, agree to it beside the button that runs it.',
  };
  return { ...stop, next: look[stop.code] ?? stop.next };
}
