import type { Part } from './contestants/contestant.ts';

/** One contestant's medians on one cluster. Seconds. */
export interface Result {
  readonly contestant: string;
  readonly nodes: number;
  /** `undefined` where it was not taken apart. */
  readonly push: number | undefined;
  readonly slowestPush: number;
  readonly whole: number;
  readonly nodesCpu: number | undefined;
  readonly parts: readonly Part[];
}

/** What the targets name. */
const own = 'Sifaka';
const references = [
  { name: 'Ansible', most: 0.25 },
  { name: 'scp and ssh', most: 0.5 },
] as const;

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const figure = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(2));
const ratio = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? '–' : (one / other).toFixed(2);

/** A Markdown table of one cluster; ratios are of push and reload. */
export function tableOf(results: readonly Result[]): string {
  const bases = references.map(({ name }) => find(results, name)?.push);
  const head = [
    'contestant',
    'push and reload s (slowest)',
    ...references.map(({ name }) => `÷ ${name}`),
    'CPU s of the nodes',
    'whole s',
  ];
  const body = results.map(({ contestant, push, slowestPush, nodesCpu, whole }) =>
    line([
      contestant,
      push === undefined ? '–' : `${figure(push)} (${figure(slowestPush)})`,
      ...bases.map((base) => ratio(push, base)),
      figure(nodesCpu),
      figure(whole),
    ]),
  );
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...body].join('\n');
}

export function partsOf(results: readonly Result[]): string {
  const parts = find(results, own)?.parts ?? [];
  return `${own}: ${parts.map(({ name, seconds }) => `${name} ${figure(seconds)} s`).join(', ')}.`;
}

/** The targets for one cluster, judged by push and reload; beside it with more of Sifaka in it. */
export function targetsOf(results: readonly Result[]): string {
  const sifaka = find(results, own);
  const sum = (...wanted: string[]) =>
    sifaka?.parts
      .filter(({ name }) => wanted.includes(name))
      .map(({ seconds }) => seconds)
      .reduce((one, other) => one + other, 0);
  const rows = references.map(({ name, most }) => {
    const base = find(results, name)?.push;
    const push = sifaka?.push;
    const verdict = push === undefined || base === undefined ? '' : push / base <= most ? ' met' : ' MISSED';
    return line([
      `push and reload / ${name}`,
      `≤ ${most}`,
      `${ratio(push, base)}${verdict}`,
      ratio(sum('arm', 'apply'), base),
      ratio(sum('connect', 'arm', 'apply'), base),
    ]);
  });
  const head = ['target', 'wanted', 'carrying and applying', 'all of arming, too', 'and connecting'];
  return [line(head), line(head.map(() => '---')), ...rows].join('\n');
}

/** How much longer each takes on the larger cluster. */
export function growthOf(smaller: readonly Result[], larger: readonly Result[]): string {
  const rows = larger.flatMap(({ contestant, nodes, push }) => {
    const before = find(smaller, contestant);
    if (before?.push === undefined || push === undefined) return [];
    const more = (push - before.push) / (nodes - before.nodes);
    return [line([contestant, figure(before.push), figure(push), ratio(push, before.push), more.toFixed(3)])];
  });
  const counts = [smaller[0]?.nodes, larger[0]?.nodes];
  const head = ['contestant', ...counts.map((count) => `${count} nodes s`), 'times', 's for each node more'];
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows].join('\n');
}

function find(results: readonly Result[], name: string): Result | undefined {
  return results.find(({ contestant }) => contestant === name);
}
