import { lastDue } from '../../../../shared/backup-schedule.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { BackupPolicy, BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { AskedNode, NodeFacts } from './ask-guests.ts';
import type { GuestRow } from './pve-rows.ts';

/** All that a plan of backups is made from, besides the request. */
export interface BackupFacts {
  readonly at: Date;
  readonly policy: BackupPolicy | undefined;
  readonly nodes: readonly AskedNode[];
  /** Newest first. */
  readonly records: readonly BackupRecord[];
  /** Guests of the newest manifest, for nodes that are silent now. */
  readonly known: readonly Guest[];
  /** Names of the targets of the cluster file. */
  readonly targets: readonly string[];
  /** The id of the record of a guest's new backup: the same for one plan however often it is made. */
  idFor(address: string): string;
}

/** A guest on the node that has it. */
export interface FoundGuest {
  readonly facts: NodeFacts;
  readonly row: GuestRow;
  /** Another name that the cluster file has for its node. */
  readonly alsoAs?: string;
}

/**
 * Guests of the nodes that answered, each where it is, and once: a node of a Proxmox cluster that the cluster file has under
 * two names answers to both.
 */
export function foundGuests(nodes: readonly AskedNode[]): FoundGuest[] {
  const found = new Map<string, FoundGuest>();
  for (const asked of nodes) {
    if (!('facts' in asked)) continue;
    const { facts } = asked;
    for (const row of facts.guests) {
      if (row.node !== facts.host) continue;
      const key = `${facts.pveCluster}/${row.type}/${row.vmid}`;
      const before = found.get(key);
      found.set(key, before === undefined ? { facts, row } : { ...before, alsoAs: facts.node });
    }
  }
  return [...found.values()];
}

/** As a selector of the policy looks at it. Tags are parted as PVE::Tools, split_list, does it. */
export function selected({ facts, row }: FoundGuest) {
  const tags = (row.tags ?? '').split(/[;, \0]+/).filter((tag) => tag !== '');
  return { node: facts.node, vmid: row.vmid, tags, pool: row.pool };
}

/** Records of one guest for good: where it is now does not count. */
export function recordsOf(records: readonly BackupRecord[], { facts, row }: FoundGuest): BackupRecord[] {
  return records.filter(
    ({ guest }) =>
      guest.vmid === row.vmid && guest.type === row.type && guest.pveCluster === facts.pveCluster,
  );
}

/** Whether a rule's schedule has passed since a backup of then; one without a schedule is never due. */
export function isDueSince(
  { at }: Pick<BackupFacts, 'at'>,
  { timezone }: Pick<BackupPolicy, 'timezone'>,
  { schedule }: Pick<BackupRule, 'schedule'>,
  last: string | undefined,
): boolean {
  if (schedule === undefined) return false;
  return last === undefined || Date.parse(last) < lastDue(schedule, timezone, at).getTime();
}

export function keepWords({ keep }: BackupRule): string {
  return Object.entries(keep)
    .filter(([, count]) => count > 0)
    .map(([option, count]) => `keep-${option}=${count}`)
    .join(',');
}
