import { formatBytes, formatUtc } from '../../../../shared/quantities.ts';
import { asProblem, Problem, type ProblemCode, type ProblemRecord } from '../../../../shared/problem.ts';
import type { RestoreRequest } from '../../../../shared/schemas/backup-plans.ts';
import { refuseExport } from '../prove/choose-test.ts';
import type { NodeFacts } from '../run/ask-guests.ts';
import { valueOf } from './guest-config.ts';
import type { GuestThere, RestoreFacts } from './restore-facts.ts';

/** Why a restore is not done: all that is known before anything is touched. */
export function restoreRefusals(request: RestoreRequest, facts: RestoreFacts): ProblemRecord[] {
  const { asked, guest, one, vmid, node } = facts;
  const found: ProblemRecord[] = [];
  if (!('facts' in asked)) return [asked.problem];
  found.push(...archiveRefusals(facts));
  if (guest !== undefined) found.push(...guestRefusals(request, facts, guest, asked.facts));
  if (facts.isBusy)
    found.push(
      refusal(
        'TARGET_IN_USE',
        `Another restore works on the guest ${vmid} of ${node} right now.`,
        'Wait until it has ended.',
      ),
    );
  if (request.storage !== undefined)
    found.push(...storageRefusals(request.storage, asked.facts, one.archive.type, one.archive.sizeBytes));
  return found;
}

function archiveRefusals({ one, found, node }: RestoreFacts): ProblemRecord[] {
  const { archive, record } = one;
  const refusals: ProblemRecord[] = [];
  try {
    refuseExport(one);
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    refusals.push(problem.toRecord());
  }
  if (archive.type === undefined)
    refusals.push(
      refusal(
        'ARCHIVE_UNKNOWN',
        `The name of ${archive.name} does not say whether it is a virtual machine's or a container's.`,
        'Restore it in Proxmox, where its content can be looked at.',
      ),
    );
  if (found !== undefined && 'problem' in found) refusals.push(found.problem);
  else if (found !== undefined && found.node !== node)
    refusals.push(
      refusal(
        'STORAGE_UNUSABLE',
        `${archive.name} is on ${found.node}, and ${node} does not see it.`,
        `Restore it on ${found.node}, or from a copy at a target.`,
      ),
    );
  const bad = ['checksum', 'compression', 'structure'].flatMap((kind) => {
    const last = record?.checks.findLast(
      (check) => check.kind === kind && check.place === archive.place && check.outcome !== 'unavailable',
    );
    return last?.outcome === 'failed' ? [last] : [];
  });
  for (const { kind, at, detail } of bad)
    refusals.push(
      refusal(
        kind === 'checksum' ? 'CHECKSUM_MISMATCH' : 'ARCHIVE_CORRUPT',
        `It was read on ${formatUtc(new Date(at))} and was not good: ${detail}`,
        'Use another archive of the guest, or its copy at a target: sifaka backups archives',
      ),
    );
  return refusals;
}

function guestRefusals(
  { overwrite }: RestoreRequest,
  { host, vmid, node, one }: RestoreFacts,
  guest: GuestThere,
  { guests }: NodeFacts,
): ProblemRecord[] {
  const name = valueOf(guest.config, 'name') ?? valueOf(guest.config, 'hostname');
  const words = name === undefined ? `A guest of ${guest.host}` : `${name} on ${guest.host}`;
  if (guest.host !== host)
    return [
      refusal(
        'RESTORE_REFUSED',
        `${words} has the id ${vmid}, which one cluster gives to one guest only.`,
        `Restore it to ${guest.host}/${vmid}, or under an id that is free.`,
      ),
    ];
  if (!overwrite)
    return [
      refusal(
        'RESTORE_REFUSED',
        `${words} has the id ${vmid}, and nothing of it is erased unless that is asked for.`,
        `Restore under an id that is free, or say that it is to be erased: --overwrite`,
      ),
    ];
  const found: ProblemRecord[] = [];
  if (one.archive.type !== undefined && guest.type !== one.archive.type)
    found.push(
      refusal(
        'RESTORE_REFUSED',
        `${words} is a ${kindOf(guest.type)}, and the archive is of a ${kindOf(one.archive.type)}.`,
        'Restore under an id that is free.',
      ),
    );
  const lock = valueOf(guest.config, 'lock');
  if (lock !== undefined)
    found.push(
      refusal(
        'GUEST_LOCKED',
        `${words} is locked (${lock.slice(0, 40)}): something works on it.`,
        `Wait until that has ended; see it on ${node}.`,
      ),
    );
  if (valueOf(guest.config, 'protection') === '1')
    found.push(
      refusal(
        'RESTORE_REFUSED',
        `${words} is protected.`,
        'Leave it, or take its protection away in Proxmox first.',
      ),
    );
  if (valueOf(guest.config, 'template') === '1')
    found.push(
      refusal(
        'RESTORE_REFUSED',
        `${words} is a template: other guests may stand on its disks.`,
        'Restore under an id that is free.',
      ),
    );
  const row = guests.find((listed) => listed.vmid === vmid);
  if (row?.hastate !== undefined && row.hastate !== 'ignored')
    found.push(
      refusal(
        'RESTORE_REFUSED',
        `${words} is looked after by Proxmox's high availability, which would start or move it meanwhile.`,
        `Take it out first: ha-manager remove ${guest.type === 'lxc' ? 'ct' : 'vm'}:${vmid}`,
      ),
    );
  if (guest.status === undefined)
    found.push(
      refusal('PVE_ANSWER_INVALID', `${node} does not say whether ${words} runs.`, `Look at it: ssh ${node}`),
    );
  return found;
}

/** STORAGE_UNKNOWN, STORAGE_UNUSABLE, STORAGE_FULL: of where disks are to go. */
export function storageRefusals(
  storage: string,
  { node, storages }: Pick<NodeFacts, 'node' | 'storages'>,
  type: 'qemu' | 'lxc' | undefined,
  bytes: number,
): ProblemRecord[] {
  const found = storages.find((one) => one.storage === storage);
  if (found === undefined)
    return [
      refusal(
        'STORAGE_UNKNOWN',
        `${node} has no storage ${storage}.`,
        `See on ${node} what pvesm status says.`,
      ),
    ];
  const wanted = type === 'lxc' ? 'rootdir' : 'images';
  if (!found.content.split(',').includes(wanted))
    return [
      refusal(
        'STORAGE_UNUSABLE',
        `${storage} on ${node} may not hold disks of a ${kindOf(type ?? 'qemu')} (${wanted}).`,
        'Name another storage: --storage',
      ),
    ];
  if (!found.enabled || !found.active)
    return [
      refusal(
        'STORAGE_UNUSABLE',
        `${storage} on ${node} is not active.`,
        `See on ${node} what pvesm status says.`,
      ),
    ];
  if (found.avail !== undefined && found.avail < bytes)
    return [
      refusal(
        'STORAGE_FULL',
        `${storage} on ${node} has ${formatBytes(found.avail)} left, and at least ${formatBytes(bytes)} are needed.`,
        'Make room there, or name another storage: --storage',
      ),
    ];
  return [];
}

function kindOf(type: 'qemu' | 'lxc'): string {
  return type === 'lxc' ? 'container' : 'virtual machine';
}

function refusal(code: ProblemCode, what: string, next: string): ProblemRecord {
  return new Problem(code, { what, state: 'Nothing was changed.', next }).toRecord();
}
