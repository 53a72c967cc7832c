import { asProblem, Problem } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { type AskOperator, oneQuestion } from '../hosts/one-question.ts';
import { ask, canAsk } from './ask.ts';
import type { CommandContext } from './command-context.ts';
import { targetName } from './text/card-text.ts';

/** On the terminal: true when the node's name is typed, which nobody types by mistake. */
export async function askToErase(
  context: CommandContext,
  { node, target }: CardPlan,
  signal?: AbortSignal,
): Promise<boolean> {
  const answer = await ask(
    context,
    `Type ${node} to erase ${terminalText(targetName(target))} and burn it: `,
    signal,
  );
  return answer.trim() === node;
}

/**
 * For a page in the browser: the question is asked in the terminal that serves it. With `--yes` the page is believed; without
 * a terminal nothing is erased at all.
 */
export function askBesideThePage(context: CommandContext): AskOperator | undefined {
  if (context.options.yes === true) return undefined;
  if (!canAsk(context)) {
    return async () => {
      throw new Problem('CONFIRMATION_REQUIRED', {
        what: 'A page alone does not erase a drive, and there is no terminal to ask on.',
        state: 'Nothing was written.',
        next: 'Burn it with `sifaka card burn`, or start `sifaka serve` in a terminal, or with --yes.',
      });
    };
  }
  return oneQuestion(async (plan, { signal }) => {
    try {
      context.output.say(`The page wants to burn ${plan.node}. ${terminalText(plan.erases)}`);
      return await askToErase(context, plan, signal);
    } catch (error) {
      if (asProblem(error)?.code !== 'CANCELLED') throw error;
      // Ctrl-C answers this question; a second one stops the host.
      if (signal?.aborted) context.output.say('The page that asked is gone; nothing was erased.');
      return false;
    }
  });
}
