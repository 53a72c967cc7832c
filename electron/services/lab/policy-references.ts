import type { BackupPolicy, BackupRule, GuestSelector } from '../../../shared/schemas/backup-policy.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';

interface ReferenceMistake {
  readonly path: readonly PropertyKey[];
  /** Continues "<path> …". */
  readonly message: string;
}

/**
 * What is wrong between the parts of a policy, and between it and the cluster file. Without one no target and no node is
 * known; `unreadable`: they are not looked for.
 */
export function policyReferenceMistakes(
  policy: BackupPolicy,
  cluster: ClusterFile | undefined | 'unreadable',
): ReferenceMistake[] {
  const known = cluster === 'unreadable' ? undefined : namesIn(cluster);
  return [
    ...sameNames(policy.rules),
    ...policy.rules.flatMap((rule, index) => [
      ...ruleMistakes(rule, ['rules', index]),
      ...(known === undefined ? [] : targetMistakes(rule, ['rules', index], known.targets)),
      ...(known === undefined ? [] : nodeMistakes(rule.guests, ['rules', index, 'guests'], known.nodes)),
    ]),
    ...(known === undefined ? [] : nodeMistakes(policy.exclude, ['exclude'], known.nodes)),
  ];
}

function namesIn(cluster: ClusterFile | undefined): { targets: Set<string>; nodes: Set<string> } {
  const clusters = Object.values(cluster?.clusters ?? {});
  return {
    targets: new Set(clusters.flatMap(({ backups }) => Object.keys(backups?.targets ?? {}))),
    nodes: new Set(clusters.flatMap(({ nodes }) => Object.keys(nodes))),
  };
}

function sameNames(rules: readonly BackupRule[]): ReferenceMistake[] {
  return rules.flatMap(({ name }, index) => {
    const first = rules.findIndex((rule) => rule.name === name);
    if (first === index) return [];
    return [{ path: ['rules', index, 'name'], message: `is ${name}, which rule ${first} has already` }];
  });
}

function ruleMistakes(rule: BackupRule, path: readonly PropertyKey[]): ReferenceMistake[] {
  const found: ReferenceMistake[] = rule.targets.flatMap((target, index) =>
    rule.targets.indexOf(target) === index
      ? []
      : [{ path: [...path, 'targets', index], message: `names ${target} a second time` }],
  );
  for (const target of Object.keys(rule.keepOn)) {
    if (rule.targets.includes(target)) continue;
    found.push({
      path: [...path, 'keepOn', target],
      message: 'is for a target that is not under targets of this rule',
    });
  }
  if (rule.method === 'export' && rule.pruneBy === 'vzdump') {
    found.push({
      path: [...path, 'pruneBy'],
      message: 'cannot be vzdump with the method export: vzdump knows only archives of its own',
    });
  }
  return found;
}

function targetMistakes(
  { targets }: BackupRule,
  path: readonly PropertyKey[],
  known: ReadonlySet<string>,
): ReferenceMistake[] {
  return targets.flatMap((target, index) =>
    known.has(target)
      ? []
      : [
          {
            path: [...path, 'targets', index],
            message: `names the target ${target}, which is not under backups.targets of the cluster file`,
          },
        ],
  );
}

function nodeMistakes(
  selectors: readonly GuestSelector[],
  path: readonly PropertyKey[],
  known: ReadonlySet<string>,
): ReferenceMistake[] {
  return selectors.flatMap((selector, index) => {
    const node = nodeOf(selector);
    if (node === undefined || known.has(node)) return [];
    return [{ path: [...path, index], message: `names the node ${node}, which the cluster file has not` }];
  });
}

function nodeOf(selector: GuestSelector): string | undefined {
  if (typeof selector === 'number') return undefined;
  if (selector.startsWith('node:')) return selector.slice('node:'.length);
  return selector.includes('/') ? selector.split('/')[0] : undefined;
}
