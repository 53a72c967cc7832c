import { overwritesForeign } from '../../shared/overwrites.ts';
import { Problem } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import type { Services } from '../services/services.ts';
import type { Confirmations } from './confirmations.ts';
import type { Implementation } from './implementation.ts';

export function cardHandlers(
  cards: Implementation['cards'],
  services: Services,
  confirmations: Confirmations,
) {
  return {
    nodes: cards.nodes.handler(() => services.cards.nodes()),
    plan: cards.plan.handler(({ input, signal }) =>
      services.cards.plan(input, signal === undefined ? {} : { signal }),
    ),
    confirm: cards.confirm.handler(async ({ input: { planDigest }, context, signal }) => {
      const { askOperator, sessionId } = context;
      if (askOperator !== undefined) {
        // From what was planned here, not from what the page says of it.
        const plan = services.cards.shown(planDigest);
        if (overwritesForeign(plan.target) && !(await askOperator({ kind: 'card', plan }, { signal })))
          throw notAgreed(plan);
      }
      return confirmations.issue({ sessionId, planDigest });
    }),
    burn: cards.burn.handler(({ input }) => services.cards.burn(input.planDigest)),
    verify: cards.verify.handler(({ input }) => services.cards.verify(input)),
    receipts: cards.receipts.handler(({ input }) => services.cards.receipts(input)),
  };
}

function notAgreed({ node, target }: CardPlan): Problem {
  return new Problem('CONFIRMATION_REQUIRED', {
    what: `Whether ${target.label} may be erased for ${node} was not answered with yes.`,
    state: 'Nothing was started.',
    next: 'Review the plan again if it should be burned after all.',
  });
}
