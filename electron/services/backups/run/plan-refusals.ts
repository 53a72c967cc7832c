import type { ProblemRecord } from '../../../../shared/problem.ts';
import { formatBytes, formatQuantity } from '../../../../shared/quantities.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { NodeFacts } from './ask-guests.ts';
import { type BackupFacts, type FoundGuest, recordsOf } from './plan-facts.ts';
import type { StorageRow } from './pve-rows.ts';

const nothingDone = 'It was not backed up; earlier backups are as they were.';

/** Why a guest is not backed up now although it is there; the first reason counts. */
export function guestRefusal(
  facts: BackupFacts,
  found: FoundGuest,
  planned: PlannedGuest,
): ProblemRecord | undefined {
  const { row } = found;
  const address = `${found.facts.node}/${row.vmid}`;
  const config = found.facts.configs.get(row.vmid);
  const lock = config?.lock ?? row.lock;
  if (lock !== undefined) return locked(address, lock, row);
  const storage = found.facts.storages.find((one) => one.storage === planned.storage);
  const refused =
    storageRefusal(storage, found.facts, planned.storage) ??
    (storage && roomRefusal(facts, found, storage)) ??
    exportRefusal(found, planned) ??
    highAvailability(found, planned);
  if (refused !== undefined) return refused;
  const target = planned.targets.find((name) => !facts.targets.includes(name));
  return target === undefined ? undefined : targetGone(target);
}

export function noRule(address: string): ProblemRecord {
  return {
    code: 'BACKUP_REFUSED',
    what: `No rule of backups/policy.yaml counts for ${address}, and no storage was named.`,
    state: nothingDone,
    next: 'Name one, as in --storage nas, or add the guest to a rule.',
  };
}

export function guestUnknown(address: string, node: string): ProblemRecord {
  return {
    code: 'GUEST_UNKNOWN',
    what: `${node} has no guest ${address}.`,
    state: 'Nothing was backed up.',
    next: '`sifaka backups discover` lists the guests there are.',
  };
}

/** PVE_ANSWER_INVALID: it may be there, in a row that nobody can read. */
export function guestUnread(address: string, { node, unread }: NodeFacts): ProblemRecord {
  return rowsUnread(node, `guest ${address}`, unread.guests, '/cluster/resources');
}

function rowsUnread(node: string, wanted: string, count: number, path: string): ProblemRecord {
  return {
    code: 'PVE_ANSWER_INVALID',
    what: `${node} names no ${wanted}, and ${formatQuantity(count, 'row')} of its list could not be read.`,
    state: nothingDone,
    next: `See what \`pvesh get ${path}\` says on ${node}.`,
  };
}

export function guestMoved(address: string, to: string): ProblemRecord {
  return {
    code: 'GUEST_MOVED',
    what: `${address} is on ${to} by now.`,
    state: `${nothingDone} vzdump would have done nothing, and called that a success.`,
    next: `Back it up there: ${to}/${address.split('/')[1] ?? ''}.`,
  };
}

function locked(address: string, lock: string, { type, vmid }: FoundGuest['row']): ProblemRecord {
  const tool = type === 'lxc' ? 'pct' : 'qm';
  return {
    code: 'GUEST_LOCKED',
    what: `${address} is locked by Proxmox (${lock}).`,
    state: nothingDone,
    next: `Wait until that has ended. If nothing of the kind runs, it was cut off: \`${tool} unlock ${vmid}\` on its node, then run it again.`,
  };
}

function storageRefusal(
  row: StorageRow | undefined,
  { node, unread }: NodeFacts,
  name: string,
): ProblemRecord | undefined {
  if (row === undefined && unread.storages > 0)
    return rowsUnread(node, `storage ${name}`, unread.storages, `/nodes/${node}/storage`);
  if (row === undefined)
    return {
      code: 'STORAGE_UNKNOWN',
      what: `${node} has no storage ${name}.`,
      state: nothingDone,
      next: `Name another one; \`pvesm status\` on ${node} lists them.`,
    };
  const unusable = (why: string, next: string): ProblemRecord => ({
    code: 'STORAGE_UNUSABLE',
    what: `The storage ${name} ${why}.`,
    state: nothingDone,
    next,
  });
  if (!row.enabled)
    return unusable(`is switched off on ${node}`, `Switch it on in Proxmox, or name another one.`);
  if (!row.content.split(',').includes('backup'))
    return unusable('is not for backups', 'Allow backups on it in Proxmox (Content), or name another one.');
  if (row.type === 'pbs')
    return unusable(
      'is a Proxmox Backup Server, whose backups are no files',
      'Name a storage that keeps archives as files. What goes to the server is made and kept by Proxmox itself.',
    );
  if (!row.active)
    return unusable(
      `is not there on ${node} now`,
      `See why: \`pvesm status\` on ${node}, then run it again.`,
    );
  return undefined;
}

/** Less than the last archive took: it would end in the middle, with the storage full for everybody. */
function roomRefusal(facts: BackupFacts, found: FoundGuest, storage: StorageRow): ProblemRecord | undefined {
  const last = recordsOf(facts.records, found).find(({ outcome }) => outcome === 'made')?.sizeBytes;
  if (storage.avail === undefined || storage.total === undefined || storage.total === 0) return undefined;
  if (storage.avail > (last ?? 0)) return undefined;
  return {
    code: 'STORAGE_FULL',
    what: `${storage.storage} has ${formatBytes(storage.avail)} left${
      last === undefined ? '' : `, and the last backup of this guest took ${formatBytes(last)}`
    }.`,
    state: nothingDone,
    next: `Make room on ${storage.storage}: \`sifaka backups prune --plan\` shows what could go.`,
  };
}

function exportRefusal({ facts, row }: FoundGuest, { method }: PlannedGuest): ProblemRecord | undefined {
  const needed = row.type === 'lxc' ? ['zstd', 'tar'] : ['zstd', 'vma'];
  const tool = method === 'export' ? needed.find((one) => facts.missingTools.includes(one)) : undefined;
  if (tool === undefined) return undefined;
  return {
    code: 'BACKUP_REFUSED',
    what: `An export takes the archive apart with ${tool}, and ${facts.node} does not have it.`,
    state: nothingDone,
    next: `Install it there, or back the guest up as an archive: --method vzdump`,
  };
}

/** vzdump refuses it itself (PVE/VZDump.pm, exec_backup_task). */
function highAvailability({ facts, row }: FoundGuest, { mode }: PlannedGuest): ProblemRecord | undefined {
  if (mode !== 'stop' || row.hastate !== 'started') return undefined;
  return {
    code: 'BACKUP_REFUSED',
    what: `${facts.node}/${row.vmid} is kept running by Proxmox's high availability, so that nobody may stop it for a backup.`,
    state: nothingDone,
    next: 'Use --mode snapshot, or take it out of high availability for the time being.',
  };
}

export function targetGone(target: string): ProblemRecord {
  return {
    code: 'TARGET_UNKNOWN',
    what: `The cluster file has no backup target ${target}.`,
    state: 'Nothing was backed up or copied.',
    next: 'Correct backups/policy.yaml, or add the target to the cluster file.',
  };
}
