import type { BridgeCheck } from '../../../../shared/schemas/bridge.ts';
import type { IssueCheck } from '../../issues/issue-service.ts';
import type { CheckHistory } from './history.ts';
import { affectedNodes } from './open-issue.ts';

/**
 * What lets an issue of the bridge be closed: a check that passed, that began after the issue was opened, and in which
 * full frames got from and to each of its nodes. One that failed on such a node later takes the proof away.
 */
export function bridgeProof(history: CheckHistory): IssueCheck {
  return {
    command: 'sifaka bridge check',
    async proofOf(nodes, since) {
      const check = await history.newestSince(since, (one) =>
        one.passed
          ? nodes.every((node) => proves(one, node))
          : affectedNodes(one).some((node) => nodes.includes(node)),
      );
      if (check?.passed !== true) return undefined;
      const names = check.nodes.map(({ node }) => node).join(', ');
      const evidence = `The check ${check.id} passed: full frames got through both ways between ${names}.`;
      return { passedAt: check.at, evidence };
    },
  };
}

/**
 * A check of one node alone sends no frame to anybody: it passes and proves nothing. Neither does one of a deploy that
 * was not confirmed yet: what it saw may be taken back.
 */
function proves({ nodes, pairs }: BridgeCheck, node: string): boolean {
  return (
    nodes.every(({ live }) => live?.armed === undefined) &&
    nodes.some((one) => one.node === node && one.live !== undefined) &&
    pairs.some(({ from, to, passed }) => passed && (from === node || to === node))
  );
}
