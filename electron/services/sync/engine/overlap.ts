import { Problem } from '../../../../shared/problem.ts';
import { escapeName } from './byte-names.ts';
import type { ByteName } from './entry.ts';

/** One root is a folder of the other by a mount of its own, which no path shows. SYNC_ROOTS_OVERLAP. */
export function mountedInside(inside: string, around: string, path: ByteName): Problem {
  return new Problem('SYNC_ROOTS_OVERLAP', {
    what: `${inside} is the folder ${escapeName(path)} of ${around}, mounted a second time: one root lies in the other.`,
    state: 'Nothing was changed.',
    next: 'Name two folders that have nothing in common.',
  });
}
