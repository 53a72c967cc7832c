import type { CoverageReason } from '../../../../shared/schemas/backup-overview.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { formatAge, formatBytes } from '../../../../shared/quantities.ts';
import type { GuestCase } from './guest-case.ts';
import { reason } from './reason.ts';

/** What is wrong with how it is backed up: that nothing does, that it is late, and how the last run ended. */
export function runReasons(one: GuestCase): CoverageReason[] {
  return [...coverReasons(one), ...ageReasons(one), ...lastRunReasons(one), ...wordsOfLastGood(one)];
}

function coverReasons({ rule, facts, address, guest }: GuestCase): CoverageReason[] {
  if (rule === undefined)
    return [
      reason(
        'NOT_IN_POLICY',
        facts.policy === undefined
          ? 'The lab has no backups/policy.yaml, so no rule backs it up.'
          : `No rule of backups/policy.yaml is for ${address}.`,
        'Add it to a rule of backups/policy.yaml, or to exclude when it needs no backup.',
      ),
    ];
  if (guest.excludedDisks.length === 0) return [];
  return [
    reason(
      'DISKS_EXCLUDED',
      `Its backups leave out ${guest.excludedDisks.join(', ')}.`,
      "Take backup=0 away from the disk's options, unless nobody would miss what is on it.",
    ),
  ];
}

/** The dead-man's switch: no success within the window is bad, whatever ran or did not run. */
function ageReasons({ stored, lastGood, windowMs, now, address, when, rule }: GuestCase): CoverageReason[] {
  const run = `sifaka backups run ${address}`;
  if (stored.backups.length === 0)
    return [
      reason(
        'NEVER_BACKED_UP',
        'There is no archive of it that says when it was made, and no record of one.',
        run,
      ),
    ];
  if (lastGood === undefined)
    return [reason('LATE', 'None of its archives is known to be there, whole and of the past.', run)];
  if (rule === undefined || now - lastGood.at <= windowMs) return [];
  const age = formatAge(new Date(lastGood.at), new Date(now));
  return [
    reason(
      'LATE',
      `Its last good backup is of ${when(lastGood.at)}, ${age}; the rule ${rule.name} allows ${rule.windowHours} h.`,
      run,
    ),
  ];
}

function lastRunReasons(one: GuestCase): CoverageReason[] {
  const { stored, address, guest, current, seen, rule, when } = one;
  const last = stored.records[0];
  const reasons: CoverageReason[] = [];
  if (last !== undefined && last.outcome !== 'made') reasons.push(failureReason(one, last));
  if (last?.pruneFailed !== undefined)
    reasons.push(
      reason(
        'PRUNE_FAILED',
        `The backup of ${when(last.endedAt)} is good, and removing older ones failed: ${last.pruneFailed}`,
        'See sifaka backups prune --plan; Proxmox wants the permission Datastore.Prune for it.',
      ),
    );
  const isTold = reasons.some(({ code }) => code === 'GUEST_LOCKED' || code === 'STORAGE_FULL');
  if (guest.lock !== undefined && guest.lock !== 'backup' && !isTold)
    reasons.push(
      reason(
        'GUEST_LOCKED',
        `It was locked (${guest.lock}) when its node was asked, and cannot be backed up so.`,
        unlockWords(guest.type, guest.vmid),
      ),
    );
  const available = rule === undefined ? undefined : seen.storage(guest.node, rule.storage)?.availableBytes;
  if (rule !== undefined && available !== undefined && available < (current?.sizeBytes ?? 0) && !isTold)
    reasons.push(
      reason(
        'STORAGE_FULL',
        `${rule.storage} has ${formatBytes(available)} left, and its last backup took ${formatBytes(current?.sizeBytes ?? 0)} (${address}).`,
        'See sifaka backups prune --plan, or make room on it.',
      ),
    );
  return reasons;
}

function failureReason({ when, address, guest }: GuestCase, last: BackupRecord): CoverageReason {
  const said = last.problem === undefined ? '' : ` ${last.problem.what}`;
  const at = when(last.endedAt);
  const again = `sifaka backups run ${address}`;
  if (last.outcome === 'cut-off')
    return reason('LAST_RUN_CUT_OFF', `The run of ${at} was cut off.${said}`, again);
  if (last.outcome === 'cancelled')
    return reason('LAST_RUN_FAILED', `The run of ${at} was stopped before there was a backup.`, again);
  if (last.problem?.code === 'GUEST_LOCKED')
    return reason('GUEST_LOCKED', `The run of ${at} failed.${said}`, unlockWords(guest.type, guest.vmid));
  if (last.problem?.code === 'GUEST_MOVED')
    return reason('GUEST_MOVED', `The run of ${at} made nothing.${said}`, 'sifaka backups discover');
  if (last.problem?.code === 'STORAGE_FULL')
    return reason(
      'STORAGE_FULL',
      `The run of ${at} failed.${said}`,
      `See sifaka backups prune --plan, or make room on ${last.storage}; then ${again}`,
    );
  return reason('LAST_RUN_FAILED', `The run of ${at} failed.${said}`, last.problem?.next ?? again);
}

function unlockWords(type: 'qemu' | 'lxc', vmid: number): string {
  return `When nothing works on it any more: ${type === 'qemu' ? 'qm' : 'pct'} unlock ${vmid} on its node.`;
}

/** Fewer are no measure. */
const sizesToCompare = 2;

/** What the newest backup itself has to say, besides being there. */
function wordsOfLastGood({ current, stored, when }: GuestCase): CoverageReason[] {
  if (current === undefined) return [];
  const reasons: CoverageReason[] = [];
  const [first, ...more] = current.record?.warnings ?? [];
  if (first !== undefined)
    reasons.push(
      reason(
        'WARNINGS',
        `The backup of ${when(current.at)} was made with a warning: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`,
        'Read what the run said of it; the archive is whole.',
      ),
    );
  const before = stored.backups
    .filter((one) => one.at < current.at && isAlike(one.name, current.name))
    .slice(0, 7)
    .flatMap(({ sizeBytes }) => sizeBytes ?? [])
    .toSorted((a, b) => a - b);
  const usual = before[Math.floor(before.length / 2)] ?? 0;
  if (before.length >= sizesToCompare && current.sizeBytes !== undefined && current.sizeBytes < usual / 2)
    reasons.push(
      reason(
        'SIZE_FELL',
        `Its newest backup has ${formatBytes(current.sizeBytes)}; the ones before had about ${formatBytes(usual)}.`,
        'Look whether a disk is missing from it, or test that it can be restored.',
      ),
    );
  return reasons;
}

/** Made in the same way: another compression is another size. */
function isAlike(a: string, b: string): boolean {
  return a.replace(/\d/g, '') === b.replace(/\d/g, '');
}
