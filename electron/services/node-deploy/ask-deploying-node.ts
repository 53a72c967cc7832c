import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../shared/problem.ts';
import type { Destination } from '../ssh/destination.ts';
import { isPassing } from '../ssh/passing-problems.ts';
import type { Ssh } from '../ssh/ssh.ts';
import type { DeployWords } from './deploy-words.ts';
import { type NodeAnswer, parseNodeAnswer } from './node-answer.ts';
import { nodeCommand, type NodeRequest } from './node-program.ts';

/** One node of a deploy, and the program that it runs. */
export interface DeployingNode {
  readonly ssh: Ssh;
  readonly node: string;
  readonly destination: Destination;
  readonly program: string;
  readonly words: DeployWords;
}

/** A request that waits on the node has this long on top of what it waits. */
const attemptMilliseconds = 20_000;
/** Between two attempts to reach a node. */
const pauseMilliseconds = 500;
const answerBytes = 64 * 1024;

/**
 * Asks once. A connection that gives no answer is ended, so that the next request does not wait on it too: a cut network
 * is noticed by no one else for most of a minute. The problems of `Ssh.run`, NODE_ANSWER_INVALID.
 */
export async function askOnce(
  asked: DeployingNode,
  request: NodeRequest,
  options: { readonly input?: string; readonly signal: AbortSignal; readonly milliseconds?: number },
): Promise<NodeAnswer> {
  const { ssh, node, destination, program } = asked;
  const waits = request[0] === 'status' ? Number(request[3]) * 1000 : 0;
  const milliseconds = options.milliseconds ?? attemptMilliseconds + waits;
  const tooLong = AbortSignal.timeout(milliseconds);
  try {
    const { stdout, stderr } = await ssh.run(destination, nodeCommand(program, request, options.input), {
      signal: AbortSignal.any([options.signal, tooLong]),
      limits: { milliseconds: milliseconds + 1000, bytes: answerBytes },
    });
    return parseNodeAnswer(asked, stdout, stderr.toString('utf8'));
  } catch (error) {
    if (options.signal.aborted || asProblem(error)?.code !== 'CANCELLED') throw error;
    ssh.forget(destination);
    throw new Problem(
      'SSH_TIMED_OUT',
      {
        what: `${node} did not answer in time.`,
        state: `What it did on ${node} is not known; what is armed there goes back by itself.`,
        next: `See whether ${node} can be reached: sifaka nodes check ${node}`,
      },
      { cause: error },
    );
  }
}

/** Asks until there is an answer, or `until` (of `performance.now()`) has passed: then with the last problem. */
export async function askUntil(
  node: DeployingNode,
  request: NodeRequest,
  { until, signal }: { readonly until: number; readonly signal: AbortSignal },
): Promise<NodeAnswer> {
  for (;;) {
    try {
      return await askOnce(node, request, {
        signal,
        // Short enough that several fit into what is left of a window.
        ...(request[0] === 'status' ? {} : { milliseconds: 8000 }),
      });
    } catch (error) {
      const code = asProblem(error)?.code;
      if (code === undefined || !isPassing(code) || performance.now() + pauseMilliseconds >= until)
        throw error;
      await setTimeout(pauseMilliseconds, undefined, { signal });
    }
  }
}
