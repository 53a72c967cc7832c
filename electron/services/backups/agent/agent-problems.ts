import { Problem, type ProblemCode } from '../../../../shared/problem.ts';
import type { AgentCopyEvent } from './agent-events.ts';

const whysNotCopied = new Map<string, readonly [ProblemCode, string, string]>([
  [
    'unmounted',
    ['TARGET_UNMOUNTED', 'its folder does not have the mark of the target', 'See that it is mounted'],
  ],
  ['full', ['COPY_FAILED', 'there is no space left', 'Make room']],
  [
    'differs',
    ['COPY_MISMATCH', 'what was read back is not what was written', 'See what is wrong with the disk'],
  ],
  ['gone', ['ARCHIVE_GONE', 'the archive is not there any more', 'See who removed it']],
]);

/** Why an agent could not copy a backup to a folder of its node. */
export function agentCopyProblem(node: string, { target, why = '' }: AgentCopyEvent): Problem {
  const [code, what, next] = whysNotCopied.get(why) ?? [
    'COPY_FAILED' as const,
    'its folder cannot be written',
    'See whose it is',
  ];
  return new Problem(code, {
    what: `The agent on ${node} could not copy to ${target}: ${what}.`,
    state: 'The backup itself is there.',
    next: `${next} on ${node}; the agent tries again within the hour.`,
  });
}
