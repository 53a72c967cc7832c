import type { ProblemCode } from '../../../shared/problem.ts';

/**
 * Of asking a node's program: what passes, so that it is worth to ask again. The node may be heard of again, and its program
 * ran to its end or did not begin.
 */
const passing: ReadonlySet<ProblemCode> = new Set([
  'SSH_UNREACHABLE',
  'SSH_TIMED_OUT',
  'SSH_CONNECTION_LOST',
  'SSH_PROTOCOL_FAILED',
  'SSH_COMMAND_FAILED',
  'NODE_ANSWER_INVALID',
]);

export function isPassing(code: ProblemCode): boolean {
  return passing.has(code);
}
