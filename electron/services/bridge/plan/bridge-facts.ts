import type { BridgeSource, NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { BridgeMember, ClusterBridge } from '../cluster-bridge.ts';
import type { Answer } from '../facts/ask-node.ts';
import type { NodeBridgeFacts } from '../facts/node-facts.ts';

/** What is to be on the nodes: of a design, or of an earlier deploy. */
export interface DeploySource {
  readonly source: BridgeSource;
  readonly digest: string;
  /** In words: `attempt2`, or `what deploy … found`. */
  readonly name: string;
  /** Each node's files, sorted by path. */
  readonly nodes: Readonly<Record<string, readonly NodeFile[]>>;
}

/** A node of the plan: the cluster file's word, the files it shall have, and what it answered. */
export interface AskedNode {
  readonly member: BridgeMember;
  readonly files: readonly NodeFile[];
  readonly answer: Answer<NodeBridgeFacts>;
}

/** All that a plan is made from. */
export interface BridgeFacts {
  readonly bridge: ClusterBridge;
  readonly source: DeploySource;
  /** In the order in which they are changed. */
  readonly nodes: readonly AskedNode[];
}

/** What the node answered; `undefined` when it did not. */
export function factsOf({ answer }: Pick<AskedNode, 'answer'>): NodeBridgeFacts | undefined {
  return 'facts' in answer ? answer.facts : undefined;
}
