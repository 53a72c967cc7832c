import { chance } from '../../rig/backups/kill-moments.ts';
import { type AppDeed, appDeeds, type AppMoment } from './kill-app.ts';

/** Runs are what there is most to lose in; the others take their turns between. */
const turns: readonly AppDeed[] = ['run', 'prune', 'run', 'verify', 'run', 'restore-test'];

/** One after another, from where the seed says. */
export function appMoments(seed: string, count: number): AppMoment[] {
  const first = Math.floor(chance(seed, 'app') * turns.length);
  return Array.from({ length: count }, (_, index) => ({
    deed: turns[(first + index) % turns.length] ?? appDeeds[0],
    share: chance(seed, `app ${index}`),
  }));
}
