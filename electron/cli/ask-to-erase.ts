import { randomInt } from 'node:crypto';
import { asProblem, Problem } from '../../shared/problem.ts';
import type { CardPlan, Target } from '../../shared/schemas/card.ts';
import { formatBytes, formatQuantity, formatTime } from '../../shared/quantities.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { type AskOperator, oneQuestion } from '../hosts/one-question.ts';
import type { Erasure } from '../hosts/one-question.ts';
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
  const askHere = oneQuestion(async (erasure, { signal }) => {
    const words = wordsOf(erasure);
    try {
      await forgetTypedAhead(context);
      output.say(words.wanted);
      // The answer is good for this question alone: nothing typed for another one, or before it, can be meant for it.
      const expected = `${words.subject} ${randomInt(1000, 10_000)}`;
      const answer = await ask(context, `Type ${expected} to ${words.verb}: `, signal);
      const agreed = answer.trim() === expected;
      output.say(agreed ? 'It goes on in the page.' : `That was not ${expected}: nothing is ${words.done}.`);
      return agreed;
    } catch (error) {
      if (asProblem(error)?.code !== 'CANCELLED') throw error;
      // Ctrl-C answers this question; when none is open, it stops the host.
      if (signal?.aborted) output.say(`The page that asked is gone; nothing was ${words.done}.`);
      return false;
    }
  });
  return async (erasure, options) => {
    if (!canAsk(context) || !(await isInForeground())) throw noTerminal(erasure);
    return askHere(erasure, options);
  };
}

interface Words {
  readonly wanted: string;
  /** What has to be typed, before its number. */
  readonly subject: string;
  readonly verb: string;
  readonly done: string;
}

function wordsOf({ kind, plan }: Erasure): Words {
  if (kind === 'card')
    return {
      wanted: `The page wants to burn ${plan.node} onto ${nameOf(plan.target)}. This erases everything on it. On it now: ${terminalText(plan.target.contents)}.`,
      subject: plan.node,
      verb: 'erase it',
      done: 'erased',
    };
  if (kind === 'prune') {
    const archives = formatQuantity(plan.removes, 'archive');
    const places = [
      ...new Set(plan.archives.filter(({ mark }) => mark === 'remove').map(({ place }) => place)),
    ];
    return {
      wanted: `The page wants to remove ${archives} (${formatBytes(plan.freesBytes)}) from ${terminalText(places.join(', '))}. They are gone for good then.`,
      subject: `remove ${plan.removes}`,
      verb: 'remove them',
      done: 'removed',
    };
  }
  const guest = [`${plan.node}/${plan.vmid}`, plan.overwrites?.name].filter(Boolean).join(' ');
  const last = plan.overwrites?.lastGoodBackup;
  return {
    wanted: `The page wants to erase ${terminalText(guest)} and restore it from ${terminalText(plan.archive.name)}. Its disks as they are now are gone for good then; ${
      last === undefined
        ? 'there is no good backup of them'
        : `its last good backup is of ${formatTime(new Date(last))}`
    }.`,
    subject: `${plan.node}/${plan.vmid}`,
    verb: 'erase it',
    done: 'erased',
  };
}

/** Two files can have one name: a file is named by its whole path. */
function nameOf(target: Target): string {
  return terminalText(target.kind === 'existing-file' ? target.path : targetName(target));
}

function noTerminal({ kind }: Erasure): Problem {
  const commands = {
    card: 'Burn it with `sifaka card burn`',
    restore: 'Restore it with `sifaka backups restore`',
    prune: 'Remove them with `sifaka backups prune`',
  };
  return new Problem('CONFIRMATION_REQUIRED', {
    what: `A page alone does not ${kind === 'prune' ? 'remove archives' : `erase a ${kind === 'card' ? 'drive' : 'guest'}`}, and there is no terminal to ask on.`,
    state: kind === 'card' ? 'Nothing was written.' : 'Nothing was changed.',
    next: `${commands[kind]}, or start \`sifaka serve\` in the foreground of a terminal, or with --yes.`,
  });
}
