import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { BridgeMember } from '../cluster-bridge.ts';
import type { AnswerLine } from './answer-lines.ts';
import { type Answer, askNode } from './ask-node.ts';
import { type NodeBridgeFacts, parseNodeFacts } from './node-facts.ts';
import { planScript } from './node-scripts.ts';
import type { Ways } from '../../ssh/ssh.ts';

const limits = { milliseconds: 60_000, bytes: 24 * 1024 * 1024 };

/** A member, and the files that it shall have. */
export interface AskedMember {
  readonly member: BridgeMember;
  readonly files: readonly NodeFile[];
}

/** Asks all these nodes at the same time. One that does not answer is in it with the reason. CANCELLED. */
export async function gatherFacts(
  parts: Pick<BridgeServiceParts, 'ssh'>,
  asked: readonly AskedMember[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Answer<NodeBridgeFacts>>> {
  const ways = await parts.ssh.ways();
  const answers = await Promise.all(
    asked.map(async ({ member, files }) => {
      const paths = files.map(({ path }) => path);
      return [member.node, await ask(parts, ways, member, paths, signal)] as const;
    }),
  );
  return new Map(answers);
}

/** A second time where an earlier deploy left files that the first did not ask for: the node itself names them. */
async function ask(
  parts: Pick<BridgeServiceParts, 'ssh'>,
  ways: Ways,
  { node, bridge }: BridgeMember,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Answer<NodeBridgeFacts>> {
  const about = (asked: readonly string[]) => {
    const question = { script: planScript, parameters: [bridge, ...asked], limits };
    const understand = (lines: readonly AnswerLine[]) => parseNodeFacts(lines, asked);
    return askNode(parts, ways, node, question, understand, signal);
  };
  const first = await about(paths);
  if ('problem' in first) return first;
  const left = (first.facts.state.deployed?.files ?? []).map(({ path }) => path);
  const unasked = [...new Set(left)].filter((path) => !paths.includes(path)).toSorted();
  if (unasked.length === 0) return first;
  const more = await about(unasked);
  if ('problem' in more) return more;
  return { facts: { ...first.facts, files: new Map([...first.facts.files, ...more.facts.files]) } };
}
