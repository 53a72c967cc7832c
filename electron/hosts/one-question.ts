import type { AskOperator } from '../router/context.ts';

export type { AskOperator };

/** One question at a time: a page that wants a second one answered before the first is told no. */
export function oneQuestion(ask: AskOperator): AskOperator {
  let isOpen = false;
  return async (plan, options) => {
    if (isOpen) return false;
    isOpen = true;
    try {
      return await ask(plan, options);
    } finally {
      isOpen = false;
    }
  };
}
