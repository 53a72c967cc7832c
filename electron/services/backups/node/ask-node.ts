import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { Destination } from '../../ssh/destination.ts';
import { isPassing } from '../../ssh/passing-problems.ts';
import type { Ssh } from '../../ssh/ssh.ts';
import { type BackupNodeAnswer, parseBackupNodeAnswer } from './node-answer.ts';
import { backupCommand, type BackupNodeRequest } from './node-program.ts';

/** One node, and the program that it is asked with. */
export interface BackupNode {
  readonly ssh: Ssh;
  readonly node: string;
  readonly destination: Destination;
  readonly program: string;
}

const attemptMilliseconds = 45_000;
const answerBytes = 4 * 1024 * 1024;

/**
 * Asks once. A connection that gives no answer is ended, so that the next request does not wait on it too. The problems of
 * `Ssh.run`, NODE_ANSWER_INVALID.
 */
export async function askBackupNode(
  { ssh, node, destination, program }: BackupNode,
  request: BackupNodeRequest,
  options: { readonly input?: string; readonly signal: AbortSignal },
): Promise<BackupNodeAnswer> {
  const tooLong = AbortSignal.timeout(attemptMilliseconds);
  try {
    const { stdout, stderr } = await ssh.run(destination, backupCommand(program, request, options.input), {
      signal: AbortSignal.any([options.signal, tooLong]),
      limits: { milliseconds: attemptMilliseconds + 1000, bytes: answerBytes },
    });
    return parseBackupNodeAnswer(node, stdout, stderr.toString('utf8'));
  } catch (error) {
    if (options.signal.aborted || asProblem(error)?.code !== 'CANCELLED') throw error;
    ssh.forget(destination);
    throw new Problem(
      'SSH_TIMED_OUT',
      {
        what: `${node} did not answer in time.`,
        state: `A backup that runs on ${node} goes on by itself.`,
        next: `See whether ${node} can be reached: sifaka nodes check ${node}`,
      },
      { cause: error },
    );
  }
}

export interface Patience {
  readonly input?: string;
  readonly signal: AbortSignal;
  /** For how long it may be silent, in milliseconds. */
  readonly milliseconds: number;
  /** Between two attempts. */
  readonly pauseMilliseconds: number;
  /** Hears of each attempt that failed. */
  readonly silent?: (problem: Problem) => void;
}

/** Asks until there is an answer, or the node was silent for too long: then with the last problem. */
export async function askPatiently(
  node: BackupNode,
  request: BackupNodeRequest,
  options: Patience,
): Promise<BackupNodeAnswer> {
  const until = performance.now() + options.milliseconds;
  for (;;) {
    try {
      return await askBackupNode(node, request, options);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || !isPassing(problem.code) || performance.now() >= until) throw error;
      options.silent?.(problem);
      await setTimeout(options.pauseMilliseconds, undefined, { signal: options.signal });
    }
  }
}
