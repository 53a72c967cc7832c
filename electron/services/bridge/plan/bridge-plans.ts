import type {
  BridgePlan,
  BridgeRequest,
  NodeObservation,
  PlannedBridge,
} from '../../../../shared/schemas/bridge.ts';
import { createRecentPlans } from '../../recent-plans.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { type BridgeFacts, factsOf } from './bridge-facts.ts';
import { gatherBridge } from './gather-bridge.ts';
import { planBridge, planDigest } from './plan-bridge.ts';
import { deployRefused, planChanged, planForgotten } from './plan-difference.ts';

/** A plan that may be run, and what it was made from just now. */
export interface ConfirmedPlan {
  readonly plan: PlannedBridge['plan'];
  readonly digest: string;
  readonly facts: BridgeFacts;
}

export interface BridgePlans {
  /** What a deploy would do. Remembered for an hour. */
  make(request: BridgeRequest, signal: AbortSignal): Promise<PlannedBridge>;
  /**
   * The plan of this digest, made again: PLAN_CHANGED when there is none any more or the lab and the nodes give another one
   * by now; DEPLOY_REFUSED when it has refusals.
   */
  confirm(digest: string, signal: AbortSignal): Promise<ConfirmedPlan>;
}

export function createBridgePlans(parts: Pick<BridgeServiceParts, 'lab' | 'ssh' | 'clock'>): BridgePlans {
  const recent = createRecentPlans<{ request: BridgeRequest; plan: BridgePlan }>(parts.clock);
  return {
    async make(request, signal) {
      const facts = await gatherBridge(parts, request, signal);
      const plan = planBridge(request, facts);
      const digest = planDigest(plan);
      recent.remember(digest, { request, plan });
      return { plan, digest, observed: observationsOf(facts) };
    },
    async confirm(digest, signal) {
      const shown = recent.recall(digest);
      if (shown === undefined) throw planForgotten();
      if (shown.plan.refusals.length > 0) throw deployRefused(shown.plan);
      const facts = await gatherBridge(parts, shown.request, signal);
      const plan = planBridge(shown.request, facts);
      if (planDigest(plan) !== digest) throw planChanged(shown.plan, plan);
      return { plan, digest, facts };
    },
  };
}

function observationsOf({ nodes }: BridgeFacts): NodeObservation[] {
  return nodes.flatMap((asked) => {
    const facts = factsOf(asked);
    if (facts === undefined) return [];
    const { kernel, units } = facts;
    return [{ node: asked.member.node, kernel: [...kernel], units: [...units] }];
  });
}
