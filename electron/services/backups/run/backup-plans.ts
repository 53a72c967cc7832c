import { randomUUID } from 'node:crypto';
import { Problem } from '../../../../shared/problem.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupPlan, BackupRequest, PlannedBackup } from '../../../../shared/schemas/backup-plans.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { createRecentPlans } from '../../recent-plans.ts';
import { readNewestManifest } from '../discover/manifest-file.ts';
import { readBackupProgram } from '../node/node-program.ts';
import type { BackupParts } from '../parts.ts';
import { digestOfValue } from '../../value-digest.ts';
import { askGuests } from './ask-guests.ts';
import { planBackups } from './plan-backups.ts';
import type { BackupFacts } from './plan-facts.ts';

/** A plan that may be run, and what the nodes said just now. */
export interface ConfirmedBackups {
  readonly plan: BackupPlan;
  readonly digest: string;
  readonly facts: BackupFacts;
  readonly program: string;
}

export interface BackupPlans {
  /** What a run would do. Remembered for an hour. */
  make(request: BackupRequest, signal: AbortSignal): Promise<PlannedBackup>;
  /**
   * The plan of this digest, made again: PLAN_CHANGED when there is none any more or the lab and the nodes give another one by
   * now; the guests' own refusal, or BACKUP_REFUSED, when nothing of it may be run.
   */
  confirm(digest: string, signal: AbortSignal): Promise<ConfirmedBackups>;
}

interface Shown {
  readonly request: BackupRequest;
  readonly plan: BackupPlan;
  readonly at: Date;
  readonly ids: Map<string, string>;
}

export function createBackupPlans(parts: BackupParts): BackupPlans {
  const recent = createRecentPlans<Shown>(parts.clock);
  return {
    async make(request, signal) {
      const shown = { request, at: parts.clock.now(), ids: new Map<string, string>() };
      const { facts } = await gather(parts, shown, signal);
      const plan = planBackups(request, facts);
      const digest = digestOfValue(plan);
      recent.remember(digest, { ...shown, plan });
      return { plan, digest };
    },
    async confirm(digest, signal) {
      const shown = recent.recall(digest);
      if (shown === undefined) throw forgotten();
      if (shown.plan.guests.length === 0) throw nothingDue();
      if (shown.plan.guests.every(({ refusal }) => refusal !== undefined)) throw refused(shown.plan);
      const { facts, program } = await gather(parts, shown, signal);
      const now = planBackups(shown.request, facts);
      if (essenceOf(now) !== essenceOf(shown.plan)) throw changed(shown.plan, now);
      return { plan: shown.plan, digest, facts, program };
    },
  };
}

async function gather(
  parts: BackupParts,
  { request, at, ids }: Pick<Shown, 'request' | 'at' | 'ids'>,
  signal: AbortSignal,
): Promise<{ facts: BackupFacts; program: string }> {
  const { lab, ssh, records, targets, resources } = parts;
  const program = await readBackupProgram(resources);
  const ways = await ssh.ways();
  const policy = (await lab.backupPolicy())?.value;
  const wanted = Array.isArray(request.guests) ? idsByNode(request.guests) : undefined;
  const known = await guestsOfManifest(lab, parts.clock.now());
  const names = wanted === undefined ? ways.members.map(({ name }) => name) : [...wanted.keys()];
  const nodes = await Promise.all(
    names.map((node) => askGuests(parts, ways, { node, vmids: wanted?.get(node) ?? [], program }, signal)),
  );
  const facts = {
    at,
    policy,
    // A node of the lab that has no Proxmox has no guests that a rule could count for.
    nodes: nodes.filter(
      (asked) => wanted !== undefined || 'facts' in asked || asked.problem.code !== 'NOT_PROXMOX',
    ),
    records: await records.all(),
    known,
    targets: await targets.names(),
    idFor(address: string) {
      const id = ids.get(address) ?? randomUUID();
      ids.set(address, id);
      return id;
    },
  };
  return { facts, program };
}

function idsByNode(addresses: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const address of addresses) {
    const [node = '', id] = address.split('/');
    found.set(node, [...(found.get(node) ?? []), Number(id)]);
  }
  return found;
}

/** A manifest that cannot be read is none here: whatever is wrong with it, a backup is not to be kept from being made. */
async function guestsOfManifest(lab: LabFolder, now: Date): Promise<readonly Guest[]> {
  try {
    return (await readNewestManifest(lab, now))?.guests ?? [];
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** What a plan does, without words and numbers that change by themselves. */
function essenceOf({ guests }: BackupPlan): string {
  return digestOfValue({
    guests: guests.map(({ refusal, ...planned }) => ({
      ...planned,
      warnings: [],
      estimateBytes: 0,
      refused: refusal?.code ?? '',
    })),
  });
}

function byAddress({ guests }: BackupPlan): Map<string, BackupPlan['guests'][number]> {
  return new Map(guests.map((planned) => [`${planned.guest.node}/${planned.guest.vmid}`, planned]));
}

function changed(shown: BackupPlan, now: BackupPlan): Problem {
  const after = byAddress(now);
  const differences = [...byAddress(shown)].flatMap(([address, planned]) => {
    const found = after.get(address);
    if (found === undefined) return [`${address} is not in it any more.`];
    if (found.refusal !== undefined && planned.refusal === undefined)
      return [`${address}: ${found.refusal.what}`];
    const isSame = essenceOf({ ...shown, guests: [planned] }) === essenceOf({ ...now, guests: [found] });
    return isSame ? [] : [`${address} would be backed up in another way.`];
  });
  const added = [...after.keys()].filter((address) => !byAddress(shown).has(address));
  const [first = 'Something that the plan depends on is different now.', ...more] = [
    ...differences,
    ...added.map((address) => `${address} came to it.`),
  ];
  return new Problem('PLAN_CHANGED', {
    what: `The run would not be the one that was reviewed. ${first}`,
    state: 'Nothing was backed up.',
    next: 'Review the new plan, then run that.',
    ...(more.length === 0 ? {} : { more: more.slice(0, 20) }),
  });
}

function forgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'There is no such plan, or it was made more than an hour ago.',
    state: 'Nothing was backed up.',
    next: 'Plan the run again and review it.',
  });
}

function nothingDue(): Problem {
  return new Problem('BACKUP_REFUSED', {
    what: 'There is nothing to back up: no guest is due, or the policy has no rule for any.',
    state: 'Nothing was backed up.',
    next: 'Name a guest to back it up anyway, or look at backups/policy.yaml.',
  });
}

/** The guest's own refusal when there is only one, since its code says more. */
function refused({ guests }: BackupPlan): Problem {
  const [first, ...more] = guests.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]));
  if (first === undefined) throw new Error('a plan is refused by something');
  const { code, ...data } = first;
  if (more.length === 0) return new Problem(code, data);
  return new Problem(more.every((other) => other.code === code) ? code : 'BACKUP_REFUSED', {
    ...data,
    more: more.slice(0, 20).map(({ what, next }) => `${what} ${next}`),
  });
}
