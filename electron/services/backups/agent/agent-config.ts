import type { ManifestNode } from '../../../../shared/schemas/backup-manifest.ts';
import type {
  BackupPolicy,
  BackupRule,
  BackupTarget,
  Keep,
} from '../../../../shared/schemas/backup-policy.ts';

/** What a node's agent is to be told. */
export interface AgentConfigFacts {
  readonly policy: BackupPolicy;
  readonly node: Pick<ManifestNode, 'node' | 'pveCluster' | 'storages'>;
  /** The targets of the cluster file. */
  readonly targets: ReadonlyMap<string, BackupTarget>;
  /** The lab's id, which the marks of its targets have; `undefined` before the first target was set up. */
  readonly labId: string | undefined;
  /** Of this Sifaka. */
  readonly version: string;
}

/**
 * `/etc/sifaka/backup-agent.conf`: the policy in lines of words, as resources/backups/agent/6-config.sh documents and checks
 * them. Pure: the same facts give the same bytes. All rules are in it, also those without a schedule: the first one that a
 * guest fits is the one that counts for it.
 */
export function agentConfig({ policy, node, targets, labId, version }: AgentConfigFacts): string {
  const lines = [
    'sifaka.backup-agent/1',
    `version ${word(version)}`,
    `node ${word(node.node)} ${word(node.pveCluster ?? node.node)}`,
    `timezone ${word(policy.timezone)}`,
    ...(policy.restoreTests === undefined
      ? []
      : [`tests ${policy.restoreTests.vmids.first} ${policy.restoreTests.vmids.last}`]),
    ...policy.exclude.map((selector) => `exclude ${word(String(selector))}`),
    ...policy.rules.flatMap((rule) => [
      ruleLine(rule, node),
      ...rule.guests.map((selector) => `guests ${word(String(selector))}`),
      ...(rule.schedule === undefined
        ? []
        : [`schedule ${rule.schedule.at} ${(rule.schedule.days ?? ['*']).join(',')}`]),
      ...rule.targets.map((name) => targetLine(name, targets.get(name), labId)),
    ]),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}

function ruleLine(rule: BackupRule, { node, storages }: AgentConfigFacts['node']): string {
  const { name, method, mode, storage, compress, bandwidthLimit, windowHours } = rule;
  const shared = storages.some((one) => one.storage === storage && one.shared);
  const place = shared ? `storage:${storage}` : `storage:${node}/${storage}`;
  const prune = rule.pruneBy === 'vzdump' ? pruneOption(rule.keep) : '-';
  const words = [name, method, mode, storage, compress, bandwidthLimit, prune, place, windowHours];
  return `rule ${words.map((one) => word(String(one))).join(' ')}`;
}

/** As vzdump's --prune-backups takes it; `-` where everything is kept. */
export function pruneOption(keep: Keep): string {
  const counts = Object.entries(keep).filter(([, count]) => count > 0);
  return counts.length === 0 ? '-' : counts.map(([name, count]) => `keep-${name}=${count}`).join(',');
}

/** Only a folder that the node itself has is the agent's to copy to; the others get their copies from Sifaka. */
function targetLine(name: string, target: BackupTarget | undefined, labId: string | undefined): string {
  const isOwn = target?.kind === 'node-folder' && labId !== undefined && isPlainPath(target.path);
  return `target ${word(name)} ${isOwn ? `${word(target.path)} ${labId}` : '- -'}`;
}

/** What the agent would not take; Sifaka copies there itself then. */
function isPlainPath(path: string): boolean {
  return /^\/[A-Za-z0-9@_.+/-]+$/.test(path) && !/\/\.\.(?:\/|$)|\/\//.test(path);
}

/** What has a blank or a control character in it would become another word or line; the policy's schema has none. */
function word(text: string): string {
  if (!/^[!-~]+$/.test(text)) throw new TypeError('a word for the agent has a character that no word has');
  return text;
}
