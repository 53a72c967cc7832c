import type { Fault } from '../sync-faults/fault-control.ts';
import type { PassRequest } from './pass-protocol.ts';
import { type Disturbances, runSeed, SeedFailure } from './one-seed.ts';
import { Stage } from './stage.ts';

export interface SeedsOutcome {
  /** With the seed and all that led to it. */
  readonly failures: readonly string[];
  readonly disturbed: Disturbances;
}

/** SIFAKA_SYNC_SEED=17 runs that one only. */
export function seedsFrom(first: number, count: number): readonly string[] {
  const only = process.env['SIFAKA_SYNC_SEED'];
  return only === undefined ? Array.from({ length: count }, (_, index) => `${first + index}`) : [only];
}

/** Plays the seeds, two at a time, each on a stage of its own. */
export async function runSeeds(
  seeds: readonly string[],
  engine: PassRequest['engine'] = 'sifaka',
): Promise<SeedsOutcome> {
  const failures: string[] = [];
  const disturbed: Record<Fault['action'], number> = { fail: 0, kill: 0, full: 0, pause: 0 };
  const waiting = [...seeds];
  const work = async (): Promise<void> => {
    await using stage = await Stage.make();
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      try {
        await runSeed(seed, stage, disturbed, engine);
      } catch (error) {
        if (!(error instanceof SeedFailure)) throw new Error(`seed ${seed}`, { cause: error });
        failures.push(error.message);
      }
    }
  };
  await Promise.all([work(), work()]);
  return { failures, disturbed };
}
