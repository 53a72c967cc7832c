import { formatQuantity } from '../../../shared/quantities.ts';
import type { DesignSummary } from '../../../shared/schemas/bridge.ts';
import type { ImportedAddresses, NewAttempt } from '../../../shared/schemas/bridge-design.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';

export function designsText(designs: readonly DesignSummary[]): string {
  if (designs.length === 0) {
    return 'The lab has no design yet. `sifaka bridge new-attempt` makes one from the cluster file.';
  }
  const rows = designs.map(({ name, digest, nodes, files, problem }) => [
    name,
    digest?.slice(0, 12) ?? '–',
    problem === undefined ? String(files) : '–',
    problem === undefined ? nodes.join(' ') : `cannot be read: ${problem.what}`,
  ]);
  return tableText(
    [{ title: 'DESIGN' }, { title: 'DIGEST' }, { title: 'FILES', align: 'right' }, { title: 'NODES' }],
    rows,
  );
}

const signs = { added: '+', removed: '-', changed: '~', permissions: '~' } as const;

export function newAttemptText({ made, design, from, changes, carried, notes }: NewAttempt): string {
  const head = made
    ? [
        `The design ${design.name} is in deploy/${design.name}, and the logbook says so.`,
        `  for     ${design.nodes.join(', ')}`,
        `  files   ${design.files}`,
        `  digest  ${design.digest ?? ''}`,
      ]
    : [`Nothing would differ from ${design.name}, so no design was made.`];
  const lines = made ? [...head, '', ...changeLines(from, changes)] : head;
  if (carried.length > 0) {
    lines.push('', `Copied from ${from}, not rendered:`, ...carried.map((path) => `  ${path}`));
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `Note: ${note}`));
  return lines.map(terminalText).join('\n');
}

function changeLines(from: string | undefined, changes: NewAttempt['changes']): string[] {
  if (from === undefined) return ['It is the first one.'];
  if (changes.length === 0) return [`It puts the same on the nodes as ${from}.`];
  return [
    `What differs from ${from}:`,
    ...changes.map(
      ({ node, path, change }) =>
        `  ${signs[change]} ${node}:${path}${change === 'permissions' ? ' (owner or mode)' : ''}`,
    ),
  ];
}

/** `again` is the command that writes. */
export function importedText(imported: ImportedAddresses, again: string): string {
  const { script, clusterFile, found, lacking, different, notes, written } = imported;
  const lines: string[] = [];
  if (found.length === 0) lines.push(`No address of a node was found in ${terminalText(script)}.`);
  else {
    lines.push(
      `Found in ${terminalText(script)}:`,
      tableText(
        [{ title: 'LINE', align: 'right' }, { title: 'NODE' }, { title: 'NETWORK' }, { title: 'ADDRESS' }],
        found.map(({ line, node, role, address }) => [String(line), node, role, address]),
      ),
    );
  }
  lines.push('');
  const isUnclear = found.some(({ role }) => role === 'unclear');
  if (lacking.length === 0)
    lines.push(
      isUnclear
        ? `Nothing was found that could be set in ${terminalText(clusterFile)}.`
        : `${terminalText(clusterFile)} lacks none of them.`,
    );
  else {
    lines.push(written ? `Set in ${terminalText(clusterFile)}:` : `${terminalText(clusterFile)} lacks:`);
    for (const { pointer, value } of lacking) {
      lines.push(`  ${terminalText(pointer)}  ${terminalText(JSON.stringify(value) ?? '')}`);
    }
    if (!written) lines.push('', `To set ${formatQuantity(lacking.length, 'value')}: ${again}`);
  }
  for (const { node, has, script: other, line } of different) {
    lines.push(
      terminalText(
        `Differs: ${node} has ${has} in ${clusterFile} and ${other} in line ${line}; the file is kept.`,
      ),
    );
  }
  lines.push(...notes.map((note) => terminalText(`Note: ${note}`)));
  return lines.join('\n');
}
