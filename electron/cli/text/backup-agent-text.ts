import { formatPatch, structuredPatch } from 'diff';
import { formatTime } from '../../../shared/quantities.ts';
import type { AgentPlan, AgentState, PlannedAgent } from '../../../shared/schemas/backup-plans.ts';
import { terminalLines, terminalText } from '../../../shared/terminal-text.ts';
import { indent, tableText } from './table.ts';
import { timeText } from './units.ts';
import { wrapped } from './wrap.ts';

/** In capitals what leaves guests without backups. */
const states: Readonly<Record<AgentState['state'], string>> = {
  absent: 'NONE',
  current: 'as the policy says',
  outdated: 'OUT OF DATE',
  foreign: 'CHANGED BY HAND',
  silent: 'DOES NOT ANSWER',
};

/** A line for each node, and below them what is wrong and what to do. */
export function agentsText(nodes: readonly AgentState[], now: Date): string {
  if (nodes.length === 0) return 'The cluster file has no nodes with Proxmox.';
  const table = tableText(
    [
      { title: 'NODE' },
      { title: 'AGENT' },
      { title: 'GUESTS', align: 'right' },
      { title: 'LAST LOOK' },
      { title: 'NEXT LOOK' },
    ],
    nodes.map(({ node, state, guests, lastRunAt, nextRunAt }) => [
      node,
      states[state],
      state === 'silent' || state === 'absent' ? '-' : String(guests.length),
      lastRunAt === undefined ? '-' : timeText(lastRunAt, now),
      nextRunAt === undefined ? '-' : formatTime(new Date(nextRunAt)),
    ]),
  );
  const notes = nodes.flatMap(({ node, problem, older, lastOutcome }) => [
    ...(problem === undefined ? [] : [`${node}: ${problem.what} ${problem.next}`]),
    ...(older === undefined
      ? []
      : [`${node}: an older agent runs there too (${older}). A deploy of this one stops it.`]),
    ...(lastOutcome === undefined ? [] : [`${node}: ${lastOutcome}`]),
  ]);
  const isDue = nodes.some(({ state }) => state !== 'current' && state !== 'silent');
  return [
    table,
    ...(notes.length === 0 ? [] : [notes.map((line) => `  ${terminalText(line)}`).join('\n')]),
    ...(isDue ? ['Next: sifaka backups agent plan'] : []),
  ].join('\n\n');
}

const actions: Readonly<Record<AgentPlan['nodes'][number]['action'], string>> = {
  install: 'the agent is installed',
  change: 'the agent is changed',
  remove: 'the agent is removed',
  nothing: 'nothing changes',
};

const fileWords = { create: 'new', replace: 'changed', remove: 'removed', keep: 'as it is' } as const;

/** Everything a deploy would do, node by node. `columns` of the terminal it goes to, if it does. */
export function agentPlanText({ plan, digest }: PlannedAgent, columns = Number.POSITIVE_INFINITY): string {
  const sentence = (text: string, by: number): string =>
    indent(wrapped(terminalText(text), Math.max(30, columns - by)).join('\n'), by);
  const shown = new Map<string, string>();
  const nodes = plan.nodes.map(({ node, action, files, retires, refusal }) =>
    [
      `${terminalText(node)}: ${refusal === undefined ? actions[action] : 'REFUSED'}`,
      ...(refusal === undefined ? [] : [sentence(refusal.what, 2), sentence(refusal.next, 2)]),
      ...retires.map((unit) =>
        sentence(
          `${unit}, of an older agent, is stopped and disabled; its files stay, and \`systemctl enable --now ${unit}\` brings it back`,
          2,
        ),
      ),
      ...(refusal === undefined ? files : []).flatMap((file) => fileText(file, node, shown)),
    ].join('\n'),
  );
  const isRefused = plan.nodes.some(({ refusal }) => refusal !== undefined);
  const end = isRefused
    ? 'Refused. Nothing was changed.'
    : isChangingAgent(plan)
      ? 'All nodes are confirmed together or none. If contact is lost, a node takes everything back by itself within 2 minutes, also when it restarts meanwhile.'
      : 'Nothing to do: all nodes are as they shall be.';
  return [...nodes, `plan ${digest}`, sentence(end, 0)].join('\n\n');
}

export function isChangingAgent(plan: AgentPlan): boolean {
  return plan.nodes.some(({ action }) => action !== 'nothing');
}

/** The program is the same everywhere and long: nobody reads it here. */
const mostLines = 200;

function fileText(
  { path, action, before, after }: AgentPlan['nodes'][number]['files'][number],
  node: string,
  shown: Map<string, string>,
): string[] {
  if (action === 'keep') return [];
  const head = `  ${terminalText(path)}  ${fileWords[action]}`;
  const lines = patchLines(before, after);
  const differing = lines.filter((line) => /^[+-]/.test(line)).length;
  if (differing > mostLines) return [`${head}, ${differing} lines that differ`];
  const text = terminalLines(lines.join('\n').trimEnd());
  const first = shown.get(`${path}\n${text}`);
  if (first !== undefined) return [`${head}; as on ${terminalText(first)}`];
  shown.set(`${path}\n${text}`, node);
  return [`${head}\n${indent(text, 4)}`];
}

function patchLines(before = '', after = ''): string[] {
  const patch = structuredPatch('a', 'b', before, after, '', '', { context: 3 });
  const lines = formatPatch(patch).split('\n');
  // Without its four first lines, which name the two sides.
  const first = lines.findIndex((line) => line.startsWith('@@'));
  return first < 0 ? [] : lines.slice(first);
}
