import { parseArgs } from 'node:util';

export interface Settings {
  /** Guests of each of the three nodes. */
  readonly guests: number;
  readonly rounds: number;
  /** Seconds that a program of Proxmox takes to begin, beside what the stand-in takes. */
  readonly delay: number;
  readonly json: string | undefined;
}

export const usage = `npm run bench:discover -- [options]        as root, on Linux
  --guests N        of each node; 300 unless told
  --rounds N        5 unless told
  --delay SECONDS   before each of Proxmox's programs; 0.8 unless told
  --quick           20 guests, one round: does everything run? (no verdict)
  --json FILE       the figures as JSON as well`;

export function readSettings(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      guests: { type: 'string' },
      rounds: { type: 'string' },
      delay: { type: 'string', default: '0.8' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const guests = Number(values.guests ?? (values.quick ? 20 : 300));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  const delay = Number(values.delay);
  if (!Number.isInteger(guests) || guests < 1 || guests > 2000) throw new Error('--guests wants 1 to 2000.');
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds wants a number.');
  if (!(delay >= 0 && delay <= 10)) throw new Error('--delay wants seconds.');
  return { guests, rounds, delay, json: values.json };
}
