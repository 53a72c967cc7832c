import { openDeploy } from '../../../shared/open-deploy.ts';
import { formatAge } from '../../../shared/quantities.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { DeploySummary } from '../../../shared/schemas/bridge.ts';

type NodeState = DeploySummary['nodes'][number]['state'];

const nodeWords: Record<NodeState, string> = {
  new: 'has the new state',
  old: 'is on the old state',
  unknown: 'does not answer; it goes back by itself unless it was confirmed',
  started: 'is not known yet',
};

const deployWords: Record<DeploySummary['state'], string> = {
  confirmed: 'confirmed',
  'rolled-back': 'taken back',
  split: 'split',
  started: 'cut off',
};

/** How a deploy ended, node by node. */
export function deployedText(deploy: DeploySummary): string {
  const { id, state, nodes, reason } = deploy;
  const head = `Deploy ${id}: ${deployWords[state]}.${reason === undefined ? '' : ` ${reason}`}`;
  const lines = nodes.map(({ node, state: stands }) => `  ${node} ${nodeWords[stands]}`);
  const next = openDeploy([deploy]) !== undefined ? ['', 'Next: sifaka bridge converge'] : [];
  return [head, ...lines, ...next].map((line) => terminalText(line)).join('\n');
}

/** Newest first; `running` are ids of jobs that still run. */
export function deploysText(
  deploys: readonly DeploySummary[],
  running: ReadonlySet<string>,
  now: Date,
): string {
  if (deploys.length === 0) return 'Nothing was deployed yet. Next: sifaka bridge plan';
  const open = openDeploy(deploys);
  const blocks = deploys.map((deploy) => {
    const { id, source, startedAt, state, nodes, reason } = deploy;
    const word = running.has(id) ? 'running' : deployWords[state];
    const what =
      source.kind === 'design'
        ? source.name
        : `what ${source.id.slice(0, 8)} ${source.state === 'after' ? 'put there' : 'found'}`;
    const names = (wanted: NodeState) =>
      nodes.filter((node) => node.state === wanted).map(({ node }) => node);
    const stands = (['new', 'old', 'unknown', 'started'] as const).flatMap((wanted) =>
      names(wanted).length === 0 ? [] : [`${wanted}: ${names(wanted).join(', ')}`],
    );
    const lines = [
      `${id}  ${formatAge(new Date(startedAt), now)}  ${what}  ${word}`,
      `  ${stands.join('; ')}`,
      ...(reason === undefined ? [] : [`  ${reason}`]),
      ...(deploy === open && !running.has(id) ? ['  Next: sifaka bridge converge'] : []),
    ];
    return lines.map((line) => terminalText(line)).join('\n');
  });
  return blocks.join('\n');
}
