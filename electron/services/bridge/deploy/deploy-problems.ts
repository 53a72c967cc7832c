import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { DeployRecord } from '../../../../shared/schemas/bridge.ts';

type NodeEnds = DeployRecord['nodes'];

/** `baobab and ebony are new; tapia is old.` */
export function standingOf(nodes: NodeEnds): string {
  const words: readonly (readonly [NodeEnds[number]['state'], string])[] = [
    ['new', 'on the new state'],
    ['old', 'on the old state'],
    ['unknown', 'not known: they did not answer any more'],
    ['started', 'not known'],
  ];
  const parts = words.flatMap(([state, word]) => {
    const names = nodes.filter((node) => node.state === state).map(({ node }) => node);
    return names.length === 0 ? [] : [`${names.join(', ')}: ${word}.`];
  });
  return parts.join(' ');
}

/** The end of a deploy that no node keeps. What went wrong first is what it is called. */
export function rolledBack(reason: Problem, nodes: NodeEnds, window: number): Problem {
  const isUnknown = nodes.some(({ state }) => state === 'unknown');
  const state = `${standingOf(nodes)}${isUnknown ? ` What does not answer went back by itself ${window} s after it was armed, unless it is off.` : ''}`;
  if (reason.code === 'CANCELLED') return cancelled(state);
  const keepsCode = ['NODE_ARMED', 'PLAN_CHANGED', 'DESIGN_PATH_REFUSED', 'DEPLOY_REFUSED'].includes(
    reason.code,
  );
  return new Problem(
    keepsCode ? reason.code : 'DEPLOY_ROLLED_BACK',
    {
      ...reason.data,
      what: keepsCode ? reason.data.what : `The deploy was taken back. ${reason.data.what}`,
      state,
    },
    { cause: reason },
  );
}

/** Every node had all of it already, so there was nothing to take back; still the bridge does not do what it should. */
export function notInOrder(error: unknown): unknown {
  const problem = asProblem(error);
  if (problem?.code !== 'DEPLOY_ROLLED_BACK') return error;
  return new Problem(
    'CHECK_FAILED',
    {
      ...problem.data,
      state: 'Nothing was changed on any node: each has all of it already.',
      next: 'Mend what is said of nodes, cables and ports; sifaka bridge check says more.',
    },
    { cause: error },
  );
}

export function split(nodes: NodeEnds): Problem {
  return new Problem('DEPLOY_SPLIT', {
    what: 'The network parted while the deploy was being confirmed: it is on some nodes, and others took it back or do not answer.',
    state: standingOf(nodes),
    next: 'See that all nodes can be reached (sifaka nodes check), then end it: sifaka bridge converge',
  });
}
