import { asProblem, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ways } from '../../ssh/ssh.ts';
import { type AnswerLine, answerLines } from './answer-lines.ts';

export interface Question {
  readonly script: string;
  readonly parameters: readonly string[];
  readonly limits: { readonly milliseconds: number; readonly bytes: number };
}

/** What a node answered, or why it did not. */
export type Answer<Facts> = { readonly facts: Facts } | { readonly problem: ProblemRecord };

/**
 * Runs a script of `node-scripts.ts` on a node and reads its answer. A node that does not answer, or answers something
 * else, is an answer too: only that nobody waits any more (CANCELLED), or a bug, is thrown.
 */
export async function askNode<Facts>(
  { ssh }: Pick<BridgeServiceParts, 'ssh'>,
  { destinations }: Ways,
  node: string,
  { script, parameters, limits }: Question,
  understand: (lines: readonly AnswerLine[]) => Facts | undefined,
  signal: AbortSignal,
): Promise<Answer<Facts>> {
  try {
    const { code, stdout } = await ssh.run(destinations.toNode(node), shellScript(script, ...parameters), {
      signal,
      limits,
    });
    const lines = code === 0 ? answerLines(stdout) : undefined;
    const facts = lines && understand(lines);
    if (facts === undefined) throw answerInvalid(node);
    return { facts };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { problem: problem.toRecord() };
  }
}

function answerInvalid(node: string): Problem {
  return new Problem('NODE_ANSWER_INVALID', {
    what: `${node} answered something else than what it was asked: how its bridge stands is not known.`,
    state: 'Nothing was changed there.',
    next: `See that ip (iproute2), base64, head and stat are installed on ${node}, and look at it: ssh ${node}`,
  });
}
