import { Problem } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import type { AskOperator } from '../router/context.ts';

export type { AskOperator };

/** One question at a time; a page that wants a second one answered before the first is told so. */
export function oneQuestion(ask: AskOperator): AskOperator {
  let isOpen = false;
  return async (plan, options) => {
    if (isOpen) throw stillOpen(plan);
    isOpen = true;
    try {
      return await ask(plan, options);
    } finally {
      isOpen = false;
    }
  };
}

function stillOpen({ node }: CardPlan): Problem {
  return new Problem('CONFIRMATION_REQUIRED', {
    what: `Another question is still open, so nobody was asked about ${node}.`,
    state: 'Nothing was started.',
    next: 'Answer that one first, then review this plan again.',
  });
}
