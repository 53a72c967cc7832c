import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

/** What is done in a row of the figures. */
export const rowNames = ['no-op 20k', 'no-op 100k', 'no-op 1M', 'first copy', 'edits', 'large file'] as const;
export type RowName = (typeof rowNames)[number];

/** Whether what is on the disk is in the kernel's memory when a contestant begins. */
export type Cache = 'warm' | 'cold';

export interface Settings {
  readonly rows: readonly RowName[];
  readonly caches: readonly Cache[];
  readonly rounds: number;
  /** Of the rows with a million files, and the large one. */
  readonly largeRounds: number;
  /** Names of contestants that take part; all unless told. */
  readonly only: readonly string[] | undefined;
  /** A folder of its own is made in it. */
  readonly folder: string;
  /** What is timed goes before everything else. */
  readonly first: boolean;
  readonly quick: boolean;
  readonly json: string | undefined;
}

export const usage = `npm run bench:sync -- [options]        as root, on Linux
  --rows NAME,…     ${rowNames.join(', ')}; all unless told
  --cache NAME      warm or cold; both unless told
  --rounds N        5 unless told
  --large-rounds N  of a million files and of the large file; 3 unless told
  --only NAME,…     contestants, by the start of their names; all unless told
  --folder FOLDER   on the disk to measure, with 50 GB free; the temporary folder unless told
  --first           before everything else that runs here, where the machine is not quiet; others stand still meanwhile
  --quick           a hundredth of the files, one round: does everything run? (no verdict)
  --json FILE       the figures as JSON as well`;

export function readSettings(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string' },
      cache: { type: 'string' },
      rounds: { type: 'string' },
      'large-rounds': { type: 'string' },
      only: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
      first: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  const largeRounds = Number(values['large-rounds'] ?? (values.quick ? 1 : 3));
  for (const number of [rounds, largeRounds])
    if (!Number.isInteger(number) || number < 1) throw new Error('Rounds are a whole number.');
  const wanted = values.rows?.split(',');
  const rows = rowNames.filter((name) => wanted?.includes(name) ?? true);
  if (rows.length !== (wanted?.length ?? rows.length))
    throw new Error(`--rows wants ${rowNames.join(', ')}.`);
  const caches = (['warm', 'cold'] as const).filter((name) => name === (values.cache ?? name));
  if (caches.length === 0) throw new Error('--cache wants warm or cold.');
  const { folder, first, quick, json } = values;
  return { rows, caches, rounds, largeRounds, only: values.only?.split(','), folder, first, quick, json };
}
