import type { CommanderError } from 'commander';
import { asProblem, cancelled, Problem, problemExitCodes, problemSchema } from '../../shared/problem.ts';

/**
 * What is shown for anything that was thrown. A call's error carries a problem's code and data; what is none of that is
 * a fault of ours and becomes INTERNAL.
 */
export function problemBehind(error: unknown, interrupted: boolean): Problem {
  const problem = asProblem(error) ?? carriedProblem(error);
  if (problem && problem.code !== 'INTERNAL') return problem;
  if (interrupted) return cancelled('Nothing was written.');
  if (problem) return problem;
  return new Problem(
    'INTERNAL',
    {
      what: 'Sifaka failed in a way it did not expect.',
      state:
        'What the command had changed before that is not known; `sifaka jobs list` names the runs it started.',
      next: 'Run it again with SIFAKA_DEBUG=1 for the details, and report them.',
    },
    { cause: error },
  );
}

export function exitCodeOf(problem: Problem): number {
  return problemExitCodes[problem.code];
}

/** Wrong use of the command line, in commander's words without its prefix. */
export function usageProblem(error: CommanderError): Problem {
  return new Problem('INPUT_INVALID', {
    what: usageWords(error),
    state: 'Nothing was started.',
    next: 'Add --help to see what the command takes.',
  });
}

/** What was typed is not repeated where it could be a secret that went to the wrong place. */
function usageWords(error: CommanderError): string {
  if (error.code === 'commander.help') return 'The command is not complete.';
  if (error.code === 'commander.excessArguments') return 'There are more arguments than the command takes.';
  return inOneSentence(error.message.replace(/(--[\w-]+)=[^']*/g, '$1'));
}

function inOneSentence(message: string): string {
  const words = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.?!)]$/.test(words) ? '' : '.'}`;
}

export function inputInvalid(what: string, next: string): Problem {
  return new Problem('INPUT_INVALID', { what, state: 'Nothing was started.', next });
}

function carriedProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('data' in error)) return undefined;
  if (typeof error.data !== 'object' || error.data === null) return undefined;
  const parsed = problemSchema.safeParse({ ...error.data, code: error.code });
  if (!parsed.success) return undefined;
  const { code, ...data } = parsed.data;
  return new Problem(code, data, { cause: error });
}
