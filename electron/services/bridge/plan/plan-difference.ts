import { Problem } from '../../../../shared/problem.ts';
import type { BridgePlan, FileChange, LiveChange, PlannedNode } from '../../../../shared/schemas/bridge.ts';

/** What became different between a plan that was shown and the one that would be run now, one line each. */
export function planDifferences(shown: BridgePlan, now: BridgePlan): string[] {
  const before = new Map(shown.nodes.map((node) => [node.node, node]));
  const after = new Map(now.nodes.map((node) => [node.node, node]));
  return [
    ...(shown.sourceDigest === now.sourceDigest
      ? []
      : ['What is deployed was edited: its files are others now.']),
    ...(shown.cluster === now.cluster ? [] : [`The cluster is now ${now.cluster}.`]),
    ...added(wordsOf(shown.refusals), wordsOf(now.refusals)),
    ...shown.nodes.filter(({ node }) => !after.has(node)).map(({ node }) => `${node} is not in it any more.`),
    ...now.nodes.flatMap((node) => nodeDifferences(before.get(node.node), node)),
    ...added(wordsOf(shown.warnings), wordsOf(now.warnings)),
    ...gone('It is no longer said that: ', wordsOf(shown.refusals), wordsOf(now.refusals)),
    ...gone('It is no longer said that: ', wordsOf(shown.warnings), wordsOf(now.warnings)),
  ];
}

/** PLAN_CHANGED, naming what changed. */
export function planChanged(shown: BridgePlan, now: BridgePlan): Problem {
  const [first = 'Something that the plan depends on is different now.', ...more] = planDifferences(
    shown,
    now,
  );
  return new Problem('PLAN_CHANGED', {
    what: `The deploy would not be the one that was reviewed. ${first}`,
    state: 'Nothing was changed on any node.',
    next: 'Review the new plan, then deploy that.',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20) }),
  });
}

/** PLAN_CHANGED for a digest that no plan of this process has, or has any more. */
export function planForgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'There is no such plan, or it was made more than an hour ago.',
    state: 'Nothing was changed on any node.',
    next: 'Plan the deploy again and review it.',
  });
}

/** DEPLOY_REFUSED, with every refusal of the plan. */
export function deployRefused({ refusals }: BridgePlan): Problem {
  const [first, ...more] = refusals;
  return new Problem('DEPLOY_REFUSED', {
    what: first?.what ?? 'The plan is refused.',
    state: 'Nothing was changed on any node.',
    next: first?.next ?? 'Plan it again.',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20).map(({ what, next }) => `${what} ${next}`) }),
  });
}

function wordsOf(findings: readonly { readonly what: string }[]): string[] {
  return findings.map(({ what }) => what);
}

function added(before: readonly string[], after: readonly string[]): string[] {
  return after.filter((what) => !before.includes(what));
}

function gone(said: string, before: readonly string[], after: readonly string[]): string[] {
  return before.filter((what) => !after.includes(what)).map((what) => `${said}${what}`);
}

function nodeDifferences(old: PlannedNode | undefined, now: PlannedNode): string[] {
  const { node } = now;
  if (old === undefined) return [`${node} is in it now.`];
  return [
    ...fileDifferences(node, old.files, now.files),
    ...liveDifferences(node, old.live, now.live),
    ...(JSON.stringify(old.expected) === JSON.stringify(now.expected)
      ? []
      : [`What the bridge of ${node} is to be is different now.`]),
    ...(old.risk === now.risk ? [] : [`The risk for ${node} is now ${now.risk}, and was ${old.risk}.`]),
  ];
}

function fileDifferences(node: string, old: readonly FileChange[], now: readonly FileChange[]): string[] {
  const before = new Map(old.map((change) => [change.path, change]));
  const after = new Set(now.map(({ path }) => path));
  return [
    ...old
      .filter(({ path }) => !after.has(path))
      .map(({ path }) => `${path} on ${node} would not be changed any more.`),
    ...now.flatMap((change) => {
      const shown = before.get(change.path);
      if (shown === undefined) return [`${change.path} on ${node} would be changed now, too.`];
      return fileDifference(node, shown, change);
    }),
  ];
}

function fileDifference(node: string, old: FileChange, now: FileChange): string[] {
  if (rightsAndContent(old.before) !== rightsAndContent(now.before))
    return [`${now.path} was changed on ${node} meanwhile.`];
  if (rightsAndContent(old.after) !== rightsAndContent(now.after))
    return [`${now.path} for ${node} was edited in the lab meanwhile.`];
  return old.action === now.action && old.drifted === now.drifted
    ? []
    : [`Another deploy changed ${now.path} on ${node} meanwhile.`];
}

function rightsAndContent(file: FileChange['before']): string {
  return file === undefined ? '' : [file.owner, file.group, file.mode, file.sha256].join(' ');
}

function liveDifferences(node: string, old: readonly LiveChange[], now: readonly LiveChange[]): string[] {
  const before = new Set(old.map(key));
  const after = new Set(now.map(key));
  return [
    ...now
      .filter((change) => !before.has(key(change)))
      .map((change) => `${node} would now change ${words(change)}.`),
    ...old
      .filter((change) => !after.has(key(change)))
      .map((change) => `${node} would not change ${words(change)} any more.`),
  ];
}

function key({ link, what, from, to }: LiveChange): string {
  return [link, what, from, to].join(' ');
}

function words({ link, what, from, to }: LiveChange): string {
  return `${what} of ${link} from ${from} to ${to}`;
}
