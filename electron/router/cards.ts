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
    confirm: cards.confirm.handler(({ input, context }) =>
      confirmations.issue({ sessionId: context.sessionId, planDigest: input.planDigest }),
    ),
    burn: cards.burn.handler(({ input }) => services.cards.burn(input.planDigest)),
    verify: cards.verify.handler(({ input }) => services.cards.verify(input)),
    receipts: cards.receipts.handler(({ input }) => services.cards.receipts(input)),
  };
}
