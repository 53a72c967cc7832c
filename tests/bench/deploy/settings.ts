import { parseArgs } from 'node:util';

export interface Settings {
  /** How many nodes each of the clusters has that are booted one after the other. */
  readonly nodes: readonly number[];
  /** Measured runs of each contestant on the first cluster; a larger one gets one run. */
  readonly rounds: number;
  /** Only contestants whose name holds this text. */
  readonly only: string;
  /** Where the figures go as JSON as well. */
  readonly json: string | undefined;
}

export const usage = `npm run bench:deploy -- [options]        as root, on Linux
  --nodes A,B       how many nodes; 3,16 unless told
  --rounds N        4 unless told; a larger cluster than the first has one
  --only TEXT       only contestants whose name holds TEXT
  --quick           three nodes, one round: does everything run? (no verdict on time)
  --json FILE       the figures as JSON as well`;

export function readSettings(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      nodes: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { quick, only, json } = values;
  const nodes = values.nodes?.split(',').map(Number) ?? (quick ? [3] : [3, 16]);
  if (!nodes.every((count) => Number.isInteger(count) && count >= 2 && count <= 32))
    throw new Error('--nodes wants numbers from 2 to 32.');
  const rounds = Number(values.rounds ?? (quick ? 1 : 4));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds wants a number.');
  return { nodes, rounds, only, json };
}
