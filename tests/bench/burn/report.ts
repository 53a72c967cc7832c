import type { Format } from './settings.ts';

/** One contestant's medians on one image in one format. Seconds and bytes. */
export interface Result {
  readonly mebibytes: number;
  readonly format: Format;
  readonly contestant: string;
  readonly rounds: number;
  readonly wall: number;
  readonly job: number;
  readonly cpu: number;
  readonly peakMemory: number;
  readonly written: number;
  readonly read: number;
  /** Empty when the card is good. */
  readonly wrong: string;
  readonly note: string;
}

export interface Absence {
  readonly mebibytes: number;
  readonly format: Format;
  readonly contestant: string;
  readonly why: string;
}

export type Row = Result | Absence;

/** What the targets are judged with, beside the results. Bytes. */
export interface Ground {
  /** Of each size in MiB, what the file systems of the image have in use. */
  readonly used: ReadonlyMap<number, number>;
  /** Peak of a program that opens the lab and does next to nothing. */
  readonly idleMemory: number;
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(0);
const perSecond = ({ written, read }: Result, seconds: number) => (written + read) / seconds;
const ratio = (one: number, other: number) => (one / other).toFixed(2);

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const references = ['etcher-sdk', 'dd + direct read-back'];

/** A Markdown table; ratios are of the whole command's wall time. */
export function tableOf(rows: readonly Row[]): string {
  const bases = references.map((name) =>
    rows.find((row): row is Result => 'wall' in row && row.contestant === name),
  );
  const head = [
    'contestant',
    'wall s',
    'burn alone s',
    ...references.map((name) => `÷ ${name}`),
    'CPU s',
    'peak MB',
    'written MB',
    'read MB',
    'card',
  ];
  const body = rows.map((row) => {
    if ('why' in row) return line([row.contestant, ...Array<string>(head.length - 2).fill('–'), row.why]);
    return line([
      row.contestant,
      row.wall.toFixed(2),
      row.job.toFixed(2),
      ...bases.map((base) => (base ? ratio(row.wall, base.wall) : '–')),
      row.cpu.toFixed(2),
      mega(row.peakMemory),
      mega(row.written),
      mega(row.read),
      row.wrong === '' ? 'good' : `WRONG: ${row.wrong}`,
    ]);
  });
  const rule = head.map((_, index) => (index === 0 || index === head.length - 1 ? '---' : '---:'));
  return [line(head), line(rule), ...body].join('\n');
}

/** The targets of the issue for one size: the figure, and whether it holds. Only what was measured, and is a good card, is judged. */
export function targetsOf(rows: readonly Row[], mebibytes: number, { used, idleMemory }: Ground): string {
  const find = (contestant: string, format: Format) =>
    rows.find(
      (row): row is Result =>
        'wall' in row &&
        row.wrong === '' &&
        row.mebibytes === mebibytes &&
        row.contestant === contestant &&
        row.format === format,
    );
  const own = find('Sifaka', 'raw');
  const lines: string[] = [];
  const judge = (what: string, limit: { most?: number; least?: number }, whole: number, alone?: number) => {
    const holds = (figure: number) =>
      figure <= (limit.most ?? Number.POSITIVE_INFINITY) &&
      figure >= (limit.least ?? Number.NEGATIVE_INFINITY);
    const wanted = limit.most === undefined ? `≥ ${limit.least}` : `≤ ${limit.most}`;
    const word = (figure: number) => `${figure.toFixed(2)} ${holds(figure) ? 'met' : '**missed**'}`;
    lines.push(`| ${what} | ${wanted} | ${word(whole)} | ${alone === undefined ? '–' : word(alone)} |`);
  };
  const compare = (what: string, most: number, one: Result | undefined, other: Result | undefined) => {
    if (one && other) judge(what, { most }, one.wall / other.wall, one.job / other.job);
  };
  compare('cached raw: time / etcher-sdk', 0.65, own, find('etcher-sdk', 'raw'));
  compare('cached raw: time / etcher-sdk with trimming', 1, own, find('etcher-sdk, trim', 'raw'));
  const dd = find('dd + direct read-back', 'raw');
  if (own && dd) {
    const its = perSecond(dd, dd.wall);
    judge(
      'cached raw: bytes moved a second / dd + direct read-back',
      { least: 0.9 },
      perSecond(own, own.wall) / its,
      perSecond(own, own.job) / its,
    );
  }
  const [first, cached] = [find('Sifaka, first burn', 'zst'), find('Sifaka', 'zst')];
  if (first && cached) judge('first burn from .zst: time / cached', { most: 1.3 }, first.wall / cached.wall);
  const [firstXz, peer] = [find('Sifaka, first burn', 'xz'), find('etcher-sdk', 'xz')];
  if (firstXz && peer) {
    judge(
      'first burn from .xz: time / etcher-sdk, decompress first',
      { most: 0.8 },
      firstXz.wall / peer.wall,
    );
  }
  if (own) {
    const mapped = used.get(mebibytes) ?? Number.NaN;
    judge('bytes moved / (2 × in use)', { most: 1.02 }, (own.written + own.read) / (2 * mapped));
    const most = Math.max(...[own, first, firstXz].map((one) => one?.peakMemory ?? 0));
    judge('peak memory above idle, MB', { most: 200 }, (most - idleMemory) / 1e6);
  }
  return ['| target | wanted | whole command | burn alone |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
