import { Problem } from '../../../../shared/problem.ts';
import type { PlannedArchive } from '../../../../shared/schemas/backup-plans.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { PrunePlaces } from './look-at-places.ts';

const nothingRemoved = 'No archive was removed.';

/** PLAN_CHANGED for a digest that no plan of this process has, or has any more. */
export function planForgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'There is no such plan, or it was made more than an hour ago.',
    state: nothingRemoved,
    next: 'Plan again and review it: sifaka backups prune --plan',
  });
}

/** PLAN_CHANGED, naming what became of the archives that were to be removed. */
export function planChanged(differences: readonly string[]): Problem {
  const [first = 'Something that the plan depends on is different now.', ...more] = differences;
  return new Problem('PLAN_CHANGED', {
    what: first,
    state: nothingRemoved,
    next: 'Review the new plan, then prune that: sifaka backups prune --plan',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20) }),
  });
}

/** What speaks against removing exactly what was shown: one line for each archive that would not go by a plan made now. */
export function differencesOf(shown: readonly PlannedArchive[], now: readonly PlannedArchive[]): string[] {
  const found = new Map(now.map((planned) => [planned.id, planned]));
  return shown.flatMap((planned) => {
    const { id, ctime, sizeBytes } = planned;
    const today = found.get(id);
    if (today === undefined) return [`${id} is not there any more, or its place cannot be looked at.`];
    if (today.mark !== 'remove') return [`${id} would be kept now: ${today.why}.`];
    if (today.ctime !== ctime || today.sizeBytes !== sizeBytes)
      return [`${id} is another one than was shown.`];
    return [];
  });
}

/**
 * STORAGE_UNKNOWN, TARGET_UNKNOWN for a place that nobody has. One that a node without an answer may have is none of these:
 * the plan says which did not answer.
 */
export function refuseUnknownPlaces(wanted: readonly string[], { names, gaps }: PrunePlaces): void {
  const mayHave = (place: string): boolean => {
    const [, node] = /^storage:(?:([^/]*)\/)?/.exec(place) ?? ['', 'none'];
    return gaps.some((gap) =>
      node === undefined ? gap.place.startsWith('node:') : gap.place === `node:${node}`,
    );
  };
  const unknown = wanted.find((place) => !names.includes(place) && !mayHave(place));
  if (unknown === undefined) return;
  throw new Problem(unknown.startsWith('target:') ? 'TARGET_UNKNOWN' : 'STORAGE_UNKNOWN', {
    what: `There is no ${unknown} in this lab.`,
    state: nothingRemoved,
    next: onOneLine(names.length === 0 ? 'There is none at all.' : `There are: ${names.join(', ')}.`, 500),
  });
}

export function policyMissing(): Problem {
  return new Problem('POLICY_MISSING', {
    what: 'The lab has no backups/policy.yaml, which says how many archives of which guest are kept.',
    state: nothingRemoved,
    next: 'Write one; the guide “Retention, explained” has an example.',
  });
}

/** PRUNE_REFUSED for a plan that removes nothing. */
export function nothingToRemove(): Problem {
  return new Problem('PRUNE_REFUSED', {
    what: 'The plan removes no archive.',
    state: nothingRemoved,
    next: 'Nothing is left to do; sifaka backups prune --plan says why each archive stays.',
  });
}
