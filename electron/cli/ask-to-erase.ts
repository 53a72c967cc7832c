import { randomInt } from 'node:crypto';
import { asProblem, Problem } from '../../shared/problem.ts';
import type { CardPlan, Target } from '../../shared/schemas/card.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { type AskOperator, oneQuestion } from '../hosts/one-question.ts';
import { ask, canAsk, forgetTypedAhead } from './ask.ts';
import type { CommandContext } from './command-context.ts';
import { isInForeground } from './foreground.ts';
import { targetName } from './text/card-text.ts';

/** On the terminal: true when the node's name is typed after the question stands there, which nobody does by mistake. */
export async function askToErase(context: CommandContext, { node, target }: CardPlan): Promise<boolean> {
  await forgetTypedAhead(context);
  const answer = await ask(context, `Type ${node} to erase ${nameOf(target)} and burn it: `);
  return answer.trim() === node;
}

/**
 * For a page in the browser: the question is asked in the terminal that serves it. With `--yes` the page is believed; without
 * a terminal, or behind another program of it, nothing is erased at all.
 */
export function askBesideThePage(context: CommandContext): AskOperator | undefined {
  if (context.options.yes === true) return undefined;
  const { output } = context;
  const askHere = oneQuestion(async (plan, { signal }) => {
    try {
      await forgetTypedAhead(context);
      output.say(
        `The page wants to burn ${plan.node} onto ${nameOf(plan.target)}. This erases everything on it. On it now: ${terminalText(plan.target.contents)}.`,
      );
      // The answer is good for this question alone: nothing typed for another one, or before it, can be meant for it.
      const expected = `${plan.node} ${randomInt(1000, 10_000)}`;
      const answer = await ask(context, `Type ${expected} to erase it: `, signal);
      const agreed = answer.trim() === expected;
      output.say(agreed ? 'It goes on in the page.' : `That was not ${expected}: nothing is erased.`);
      return agreed;
    } catch (error) {
      if (asProblem(error)?.code !== 'CANCELLED') throw error;
      // Ctrl-C answers this question; when none is open, it stops the host.
      if (signal?.aborted) output.say('The page that asked is gone; nothing was erased.');
      return false;
    }
  });
  return async (plan, options) => {
    if (!canAsk(context) || !(await isInForeground())) throw noTerminal();
    return askHere(plan, options);
  };
}

/** Two files can have one name: a file is named by its whole path. */
function nameOf(target: Target): string {
  return terminalText(target.kind === 'existing-file' ? target.path : targetName(target));
}

function noTerminal(): Problem {
  return new Problem('CONFIRMATION_REQUIRED', {
    what: 'A page alone does not erase a drive, and there is no terminal to ask on.',
    state: 'Nothing was written.',
    next: 'Burn it with `sifaka card burn`, or start `sifaka serve` in the foreground of a terminal, or with --yes.',
  });
}
