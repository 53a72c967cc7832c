import { Problem } from '../../../shared/problem.ts';
import type { CardChange, CardPlan } from '../../../shared/schemas/card.ts';

/** What became different between a plan that was shown and the one that would be run now, one line each. */
export function planDifferences(shown: CardPlan, now: CardPlan): string[] {
  return [
    ...imageDifferences(shown, now),
    ...targetDifferences(shown, now),
    ...(shown.nodeClass === now.nodeClass ? [] : [`The lab was edited: the class is now ${now.nodeClass}.`]),
    ...(shown.hostname === now.hostname ? [] : [`The lab was edited: the hostname is now ${now.hostname}.`]),
    ...changeDifferences(shown.changes, now.changes),
  ];
}

/** PLAN_CHANGED, naming what changed. */
export function planChanged(shown: CardPlan, now: CardPlan): Problem {
  const differences = planDifferences(shown, now);
  const [first = 'Something that the plan depends on is different now.', ...more] = differences;
  return new Problem('PLAN_CHANGED', {
    what: `The card for ${shown.node} would not be the one that was reviewed. ${first}`,
    state: 'Nothing was written.',
    next: 'Review the new plan, then burn that.',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20) }),
  });
}

/** PLAN_CHANGED for a digest that no plan of this process has, or has any more. */
export function planForgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'There is no such plan, or it was made more than an hour ago.',
    state: 'Nothing was written.',
    next: 'Plan the card again and review it.',
  });
}

function imageDifferences(shown: CardPlan, now: CardPlan): string[] {
  if (shown.image.name !== now.image.name) return [`The golden image is now ${now.image.name}.`];
  if (shown.image.fileSha256 === now.image.fileSha256 && shown.image.rawSha256 === now.image.rawSha256)
    return [];
  return [`The golden image ${now.image.name} is another one now: its digest changed.`];
}

function targetDifferences(shown: CardPlan, now: CardPlan): string[] {
  const [before, after] = [shown.target, now.target];
  if (before.path !== after.path || before.identity !== after.identity || before.kind !== after.kind) {
    return [`The target changed: something else is at ${after.path} now.`];
  }
  if (before.size !== after.size) return [`The target changed: ${after.path} has another size now.`];
  if (before.contents !== after.contents)
    return [`The target changed: ${after.path} holds something else now.`];
  return [];
}

function placeOf(change: CardChange): string {
  return `${change.partition}:${change.path}`;
}

function changeDifferences(shown: readonly CardChange[], now: readonly CardChange[]): string[] {
  const before = new Map(shown.map((change) => [placeOf(change), change]));
  const after = new Map(now.map((change) => [placeOf(change), change]));
  const gone = shown
    .filter((change) => !after.has(placeOf(change)))
    .map(({ path }) => `${path} is not injected any more.`);
  const others = now.flatMap((change) => {
    const old = before.get(placeOf(change));
    if (old === undefined) return [`${change.path} is injected now.`];
    return difference(old, change);
  });
  return [...gone, ...others];
}

function difference(old: CardChange, change: CardChange): string[] {
  if (old.digest !== change.digest || old.size !== change.size) {
    return [
      change.secret
        ? `A secret was changed: ${change.path} has another content now.`
        : `The lab was edited: ${change.path} has another content now.`,
    ];
  }
  const same =
    old.kind === change.kind &&
    old.mode === change.mode &&
    old.uid === change.uid &&
    old.gid === change.gid &&
    old.replaces === change.replaces &&
    old.reason === change.reason;
  return same ? [] : [`The lab was edited: ${change.path} gets another kind, mode, owner or source now.`];
}
