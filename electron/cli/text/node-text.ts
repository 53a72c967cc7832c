import type { LabNode, NodeCheck } from '../../../shared/contract/nodes.ts';
import { formatDuration } from '../../../shared/quantities.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';
import { wrapped } from './wrap.ts';

const columns = 100;

export function nodesText(nodes: readonly LabNode[]): string {
  if (nodes.length === 0)
    return 'The lab has no nodes: they stand in its cluster file, as in cluster/madagascar.json.';
  const rows = nodes.map((node) => [
    node.name,
    reachedAs(node),
    node.via.join(' > ') || '-',
    node.trusted.map(({ fingerprint }) => fingerprint).join(' ') || 'none yet',
  ]);
  const table = tableText(
    [{ title: 'NODE' }, { title: 'REACHED AS' }, { title: 'THROUGH' }, { title: 'TRUSTED KEY' }],
    rows,
  );
  return [table, ...nodes.flatMap(notes)].join('\n');
}

/** A line for each node that answered, and below it each one that did not, with the reason and what to do. */
export function nodeChecksText(checks: readonly NodeCheck[]): string {
  if (checks.length === 0) return nodesText([]);
  const rows = checks.map(({ name, facts, problem }) =>
    facts === undefined
      ? [name, `NO: ${problem?.code ?? 'not asked'}`]
      : [
          name,
          'yes',
          facts.user,
          facts.hostname,
          facts.system,
          facts.uptime === undefined ? '-' : formatDuration(facts.uptime),
        ],
  );
  const table = tableText(
    [
      { title: 'NODE' },
      { title: 'ANSWERS' },
      { title: 'AS' },
      { title: 'HOSTNAME' },
      { title: 'SYSTEM' },
      { title: 'UP' },
    ],
    rows,
  );
  const answered = checks.filter(({ facts }) => facts !== undefined).length;
  return [table, ...checks.flatMap(notes), '', `${answered} of ${checks.length} answered.`].join('\n');
}

function reachedAs({ address, port, user }: LabNode): string {
  if (address === undefined) return 'NOT KNOWN';
  const host = address.includes(':') ? `[${address}]` : address;
  return `${user ?? ''}@${host}${port === 22 ? '' : `:${port}`}`;
}

function notes({ name, problem, remarks }: LabNode | NodeCheck): string[] {
  const lines = remarks.map((remark) => `note: ${remark}`);
  if (problem !== undefined) lines.push(problem.what, ...(problem.more ?? []), problem.state, problem.next);
  if (lines.length === 0) return [];
  return [
    '',
    terminalText(name),
    ...lines.flatMap((line) => wrapped(terminalText(line), columns - 2)).map((line) => `  ${line}`),
  ];
}
