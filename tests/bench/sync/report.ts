import type { Run } from './measure.ts';
import type { Cache, RowName } from './settings.ts';

export interface Figures {
  readonly row: RowName;
  readonly words: string;
  readonly cache: Cache;
  /** By the contestants' names. */
  readonly runs: Readonly<Record<string, readonly Run[]>>;
  /** The machine's load of a minute, at the start of each run. */
  readonly loads: readonly number[];
}

const ours = 'Sifaka';
const reference = 'rsync';

/** Of one row, as Markdown: medians of the rounds, the slowest in brackets. */
export function tableOf({ words, cache, runs, loads }: Figures): string {
  const rounds = Math.max(...Object.values(runs).map(({ length }) => length));
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const lines = [
    `**${words}, ${cache}** (${rounds} rounds, ${load}):`,
    '',
    '| contestant | s (slowest) | ÷ rsync | CPU s | peak MB | until all is on the disk s |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  const one = wallOf(runs[reference] ?? []);
  for (const [name, all] of Object.entries(runs)) {
    const slowest = Math.max(...all.map(({ wall }) => wall));
    const cells = [
      name,
      `${seconds(wallOf(all))} (${seconds(slowest)})`,
      (wallOf(all) / one).toFixed(2),
      seconds(median(all.map(({ cpu }) => cpu))),
      (median(all.map(({ memory }) => memory)) / 1e6).toFixed(0),
      seconds(median(all.map(({ durable }) => durable))),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** What was wanted of each row, and whether it is so. */
export function targetsOf(figures: readonly Figures[]): string {
  const lines = ['| row | target | wanted | measured |', '| --- | --- | --- | --- |'];
  const add = (row: string, target: string, wanted: number, measured: number) => {
    if (!Number.isFinite(measured)) return;
    const unit = target === 'peak MB' ? 0 : 2;
    const verdict = measured <= wanted ? 'met' : 'missed';
    lines.push(`| ${row} | ${target} | ≤ ${wanted.toFixed(unit)} | ${measured.toFixed(unit)} ${verdict} |`);
  };
  for (const { row, cache, runs } of figures) {
    const name = `${row}, ${cache}`;
    const own = wallOf(runs[ours] ?? []);
    const others = Object.entries(runs).filter(([other]) => other !== ours && other !== reference);
    add(name, '÷ rsync', 1, own / wallOf(runs[reference] ?? []));
    if (row === 'first copy') add(name, '÷ rsync --fsync', 0.3, own / wallOf(runs['rsync --fsync'] ?? []));
    add(name, '÷ the fastest of the others', 1, own / Math.min(...others.map(([, all]) => wallOf(all))));
    if (row === 'no-op 1M')
      add(name, 'peak MB', 400, Math.max(...(runs[ours] ?? []).map(({ memory }) => memory / 1e6)));
  }
  return lines.join('\n');
}

const wallOf = (runs: readonly Run[]): number => median(runs.map(({ wall }) => wall));
const seconds = (value: number): string => value.toFixed(2);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
