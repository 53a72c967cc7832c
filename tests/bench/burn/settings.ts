import { parseArgs } from 'node:util';

export const mebibyte = 1 << 20;
export const formats = ['raw', 'zst', 'xz'] as const;
export type Format = (typeof formats)[number];

export interface Settings {
  readonly quick: boolean;
  /** Emulate a card: the loop device is throttled to these bytes a second. */
  readonly card: { readonly write: number; readonly read: number } | undefined;
  readonly rounds: number;
  /** MiB, multiples of 4. */
  readonly sizes: readonly number[];
  readonly formats: readonly Format[];
  /** Only contestants whose name holds this text. */
  readonly only: string;
  /** Where the figures go as JSON as well. */
  readonly json: string | undefined;
}

export const usage = `npm run bench:burn -- [options]        as root, on Linux
  --quick           a small image and one round: does everything run?
  --card            a slow device: writes at 40 MB/s, reads at 90 MB/s; 1.5 GiB, one round
  --rounds N        3 unless told
  --sizes A,B       MiB; 1536,4096 unless told
  --formats A,B     of raw, zst, xz
  --only TEXT       only contestants whose name holds TEXT
  --json FILE       the figures as JSON as well`;

export function readSettings(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      card: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      sizes: { type: 'string' },
      formats: { type: 'string' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const { quick, card, only, json } = values;
  const sizes = values.sizes?.split(',').map(Number) ?? (quick ? [160] : card ? [1536] : [1536, 4096]);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 160 && size % 4 === 0)) {
    throw new Error('--sizes wants MiB, multiples of 4, 160 or more.');
  }
  const rounds = Number(values.rounds ?? (quick || card ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds wants a number.');
  const asked = values.formats?.split(',') ?? formats;
  const unknown = asked.find((one) => !formats.some((format) => format === one));
  if (unknown !== undefined) throw new Error(`--formats does not know ${unknown}.`);
  return {
    quick,
    card: card ? { write: 40e6, read: 90e6 } : undefined,
    rounds,
    sizes,
    formats: formats.filter((format) => asked.includes(format)),
    only,
    json,
  };
}
