import { Problem } from '../../shared/problem.ts';
import type { AskOperator, Erasure } from '../router/context.ts';

export type { AskOperator, Erasure };

const firstPause = 1000;
const longestPause = 5 * 60_000;

/**
 * One question at a time, and after each that was not answered with yes a pause, twice as long as the one before: a page that
 * was taken over could ask until somebody slips, or put another question where one stood a moment ago. `now` counts
 * milliseconds and is never set back.
 */
export function oneQuestion(ask: AskOperator, now: () => number = () => performance.now()): AskOperator {
  let isOpen = false;
  let pause = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;
  return async (erasure, options) => {
    if (isOpen) throw notAsked(erasure, 'Another question is still open', 'Answer that one first');
    const left = Math.ceil((quietUntil - now()) / 1000);
    if (left > 0) throw notAsked(erasure, 'A question was turned down a moment ago', `Wait ${left} s`);
    isOpen = true;
    let agreed = false;
    try {
      agreed = await ask(erasure, options);
      return agreed;
    } finally {
      isOpen = false;
      pause = agreed ? 0 : Math.min(longestPause, pause === 0 ? firstPause : pause * 2);
      quietUntil = now() + pause;
    }
  };
}

function notAsked(erasure: Erasure, why: string, next: string): Problem {
  return new Problem('CONFIRMATION_REQUIRED', {
    what: `${why}, so nobody was asked about ${subjectOf(erasure)}.`,
    state: 'Nothing was started.',
    next: `${next}, then review this plan again.`,
  });
}

/** What it is about, shortly. */
function subjectOf({ kind, plan }: Erasure): string {
  if (kind === 'prune') return 'the archives';
  return kind === 'restore' ? `${plan.node}/${plan.vmid}` : plan.node;
}
