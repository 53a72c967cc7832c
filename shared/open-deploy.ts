import type { DeploySummary } from './schemas/bridge.ts';

type Deploy = Pick<DeploySummary, 'state' | 'nodes'>;

/**
 * The deploy that `converge` ends: the newest of which something is not known yet, or is not the same on all nodes. One is
 * overtaken when every node of it was in a deploy that was confirmed later. Whether its job still runs is not looked at.
 */
export function openDeploy<Known extends Deploy>(newestFirst: readonly Known[]): Known | undefined {
  return newestFirst.find(
    (deploy, index) => isUnsettled(deploy) && !isOvertaken(deploy, newestFirst.slice(0, index)),
  );
}

function isUnsettled({ state, nodes }: Deploy): boolean {
  return (
    state === 'started' ||
    state === 'split' ||
    nodes.some((node) => node.state === 'started' || node.state === 'unknown')
  );
}

function isOvertaken({ nodes }: Deploy, later: readonly Deploy[]): boolean {
  const confirmed = new Set(
    later.flatMap((deploy) => (deploy.state === 'confirmed' ? deploy.nodes.map(({ node }) => node) : [])),
  );
  return nodes.every(({ node }) => confirmed.has(node));
}
