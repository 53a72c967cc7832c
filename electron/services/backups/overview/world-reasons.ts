import type { CoverageReason } from '../../../../shared/schemas/backup-overview.ts';
import { formatAge, formatDuration } from '../../../../shared/quantities.ts';
import type { GuestCase } from './guest-case.ts';
import { toleratedSkewMs, usualWindowHours } from './overview-facts.ts';
import { reason } from './reason.ts';

/** What nobody knows, or is wrong, around the guest: its node, its storage, clocks, the agent, the discovery itself. */
export function worldReasons(one: GuestCase): CoverageReason[] {
  return [...manifestReasons(one), ...nodeReasons(one), ...storageReasons(one), ...agentReasons(one)];
}

function manifestReasons({ facts, now, windowMs, rule, when }: GuestCase): CoverageReason[] {
  const next = 'sifaka backups discover';
  if (facts.manifest === undefined)
    return [reason('MANIFEST_OLD', 'The nodes were never asked what they have.', next)];
  const age = now - Date.parse(facts.manifest.at);
  if (age < -toleratedSkewMs)
    return [
      reason(
        'MANIFEST_OLD',
        `The nodes were last asked ${when(facts.manifest.at)}, which is in the future.`,
        'Set the clock of this machine, then sifaka backups discover',
      ),
    ];
  if (age <= windowMs) return [];
  return [
    reason(
      'MANIFEST_OLD',
      `The nodes were last asked ${when(facts.manifest.at)}, ${formatAge(new Date(facts.manifest.at), facts.now)}; that is longer than the ${rule?.windowHours ?? usualWindowHours} h in which a backup must succeed.`,
      next,
    ),
  ];
}

function nodeReasons({ facts, guest, address, when }: GuestCase): CoverageReason[] {
  if (facts.manifest === undefined) return [];
  const node = facts.manifest.nodes.find((one) => one.node === guest.node);
  if (node === undefined)
    return [
      reason(
        'NODE_SILENT',
        `${guest.node} is not a node of the cluster file, so nobody asked it about ${address}.`,
        'Add it to the cluster file and trust its key: sifaka nodes trust',
      ),
    ];
  if (node.state === 'silent')
    return [
      reason(
        'NODE_SILENT',
        `${guest.node} did not answer. ${node.problem?.what ?? ''}`.trim(),
        node.problem?.next ?? 'sifaka backups discover',
      ),
    ];
  if (node.state === 'not-proxmox')
    return [
      reason(
        'NODE_NOT_PROXMOX',
        node.problem?.what ?? `${guest.node} has nothing of Proxmox.`,
        node.problem?.next ?? 'Back its guests up by other means, and put them into exclude.',
      ),
    ];
  if (guest.seenAt !== undefined)
    return [
      reason(
        'NODE_SILENT',
        `${guest.node} did not tell of ${address}; it was last seen ${when(guest.seenAt)}.`,
        node.problem?.next ?? 'sifaka backups discover',
      ),
    ];
  const skew = node.clockSkewSeconds ?? 0;
  if (Math.abs(skew) * 1000 <= toleratedSkewMs) return [];
  return [
    reason(
      'CLOCK_SKEWED',
      `The clock of ${guest.node} is ${formatDuration(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}: the times in the names of its archives are wrong by as much.`,
      `Set it: timedatectl on ${guest.node}.`,
    ),
  ];
}

/** The storage that its rule makes archives on, as its node sees it. */
function storageReasons({ rule, facts, guest, seen }: GuestCase): CoverageReason[] {
  const node = facts.manifest?.nodes.find((one) => one.node === guest.node);
  if (rule === undefined || node?.state !== 'answered') return [];
  const storage = seen.storage(guest.node, rule.storage);
  const why =
    storage === undefined
      ? 'has none of this name'
      : storage.problem !== undefined
        ? `cannot list it: ${storage.problem.what}`
        : !storage.active
          ? 'has it inactive'
          : !storage.backups
            ? 'may not put backups on it'
            : undefined;
  if (why === undefined) return [];
  return [
    reason(
      'STORAGE_GONE',
      `The rule ${rule.name} makes its archives on ${rule.storage}; ${guest.node} ${why}.`,
      `Look at the storage on ${guest.node} (pvesm status), or name another one in the rule.`,
    ),
  ];
}

/** Only a schedule needs an agent. */
function agentReasons({ rule, facts, guest, address, now, windowMs, when }: GuestCase): CoverageReason[] {
  if (rule?.schedule === undefined) return [];
  const deploy = `sifaka backups agent deploy --nodes ${guest.node}`;
  const state = facts.agents?.nodes.find(({ node }) => node === guest.node);
  if (state === undefined || state.state === 'absent')
    return [
      reason(
        'AGENT_MISSING',
        state === undefined
          ? `Nobody has asked ${guest.node} whether it has the agent that runs the schedule.`
          : `${guest.node} has no agent, so nothing runs the schedule.`,
        state === undefined ? 'sifaka backups agent collect' : deploy,
      ),
    ];
  if (state.state === 'silent')
    return [
      reason(
        'AGENT_SILENT',
        `The agent of ${guest.node} could not be asked. ${state.problem?.what ?? ''}`.trim(),
        state.problem?.next ?? 'sifaka backups agent collect',
      ),
    ];
  if (state.state !== 'current' || (state.guests.length > 0 && !state.guests.includes(address)))
    return [
      reason(
        'AGENT_OUTDATED',
        state.state === 'foreign'
          ? `The agent of ${guest.node} was changed by hand.`
          : `The agent of ${guest.node} is not as the policy is now.`,
        deploy,
      ),
    ];
  const heard = facts.agents === undefined ? Number.NaN : Date.parse(facts.agents.at);
  const ran = state.lastRunAt === undefined ? heard : Date.parse(state.lastRunAt);
  if (now - heard <= windowMs && now - ran <= windowMs) return [];
  return [
    reason(
      'AGENT_SILENT',
      now - heard > windowMs
        ? `The agent of ${guest.node} was last asked ${when(heard)}.`
        : `The agent of ${guest.node} last ran ${when(ran)}.`,
      'sifaka backups agent collect',
    ),
  ];
}
