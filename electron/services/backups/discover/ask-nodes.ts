import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { ClusterMember } from '../../ssh/destination.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ways } from '../../ssh/ssh.ts';
import type { BackupServiceParts } from '../parts.ts';
import { answerOf } from './answer-parts.ts';
import { answerLimits, discoverScript } from './discover-script.ts';
import { type AskedNode, nodeFacts } from './node-facts.ts';

/**
 * Asks all nodes at the same time. One that does not answer is in it with the reason; only that nobody waits any more
 * (CANCELLED) is thrown. `addresses`: of backup servers, whose ways the nodes are to tell.
 */
export function askNodes(
  parts: Pick<BackupServiceParts, 'ssh' | 'clock'>,
  { members, destinations }: Ways,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<AskedNode[]> {
  return Promise.all(members.map((member) => askNode(parts, destinations, member, addresses, signal)));
}

async function askNode(
  { ssh, clock }: Pick<BackupServiceParts, 'ssh' | 'clock'>,
  destinations: Ways['destinations'],
  member: ClusterMember,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<AskedNode> {
  try {
    const destination = destinations.toNode(member.name);
    const asked = clock.now().getTime();
    const { code, stdout } = await ssh.run(destination, shellScript(discoverScript, ...addresses), {
      signal,
      limits: answerLimits,
    });
    const answered = clock.now().getTime();
    const answer = code === 0 ? answerOf(stdout) : undefined;
    if (answer === undefined) throw answerInvalid(member.name);
    return { member, found: nodeFacts(member, answer, { asked, answered }) };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { member, found: { silent: problem.toRecord() } };
  }
}

function answerInvalid(node: string): Problem {
  return new Problem('PVE_ANSWER_INVALID', {
    what: `${node} answered something else than what it was asked: which guests it has is not known.`,
    state: 'Nothing was changed there.',
    next: `See that awk, base64, find, grep, head, mktemp and timeout are installed on ${node}, and that it has space left: ssh ${node} df -h /run /tmp`,
  });
}
