import { formatBytes } from '../../../shared/quantities.ts';
import type { ManifestTarget } from '../../../shared/schemas/backup-manifest.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';

const kinds: Readonly<Record<ManifestTarget['kind'], string>> = {
  s3: 'S3 bucket',
  'node-folder': 'folder on the nodes',
  'local-folder': 'folder on this machine',
};

/** In capitals what keeps copies away. */
const states: Readonly<Record<ManifestTarget['state'], string>> = {
  ready: 'ready',
  unreachable: 'UNREACHABLE',
  unmounted: 'NOT THERE',
  'not-set-up': 'NOT SET UP',
};

/** A line for each target, and below them what is wrong and what to do. */
export function targetsText(targets: readonly ManifestTarget[]): string {
  if (targets.length === 0) return 'The cluster file has no backup targets.';
  const rows = targets.map(({ target, kind, state, availableBytes }) => [
    target,
    kinds[kind],
    states[state],
    availableBytes === undefined ? '-' : formatBytes(availableBytes),
  ]);
  const table = tableText(
    [{ title: 'TARGET' }, { title: 'KIND' }, { title: 'STATE' }, { title: 'FREE', align: 'right' }],
    rows,
  );
  const problems = targets.flatMap(({ problem }) =>
    problem ? [[problem.what, problem.next].map((line) => `  ${terminalText(line)}`).join('\n')] : [],
  );
  return [table, ...problems].join('\n\n');
}
