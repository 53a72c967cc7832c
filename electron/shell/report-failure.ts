import { t } from '@lingui/core/macro';
import { inspect } from 'node:util';
import { dialog } from 'electron';
import { asProblem, type Problem } from '../../shared/problem.ts';
import { noteFailure } from '../hosts/desktop-files.ts';

/** Writes into the log what went wrong, and says it in a box that names the log. `what` it was, of what is no problem. */
export async function reportFailure(error: unknown, what: string): Promise<void> {
  const problem = asProblem(error);
  const log = await noteFailure(
    problem ? `${problem.code}: ${problemWords(problem)}` : `${what} ${inspect(error)}`,
  );
  dialog.showErrorBox('Sifaka', failureWords(problem, what, log));
}

/** `log` is the file that has the details, if one has. */
export function failureWords(problem: Problem | undefined, what: string, log: string | undefined): string {
  if (problem !== undefined)
    return log === undefined ? problemWords(problem) : `${problemWords(problem)}\n\n${t`The log is ${log}.`}`;
  return log === undefined
    ? `${what} ${t`What the program printed says why; its log cannot be written.`}`
    : `${what} ${t`The log says why: ${log}.`}`;
}

function problemWords({ data }: Problem): string {
  return `${data.what}\n\n${data.state}\n\n${data.next}`;
}
