import { policyFor } from '../../../../shared/backup-rules.ts';
import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupPlan, BackupRequest, PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupPolicy, BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import {
  type BackupFacts,
  type FoundGuest,
  foundGuests,
  isDueSince,
  recordsOf,
  selected,
} from './plan-facts.ts';
import { planGuest } from './plan-guest.ts';
import { guestMoved, guestUnknown, guestUnread } from './plan-refusals.ts';

/** Clocks of a house are a little apart. */
const toleratedSkewMs = 300_000;

/** What a run would do. Pure: the same request and facts give the same plan. POLICY_MISSING, INPUT_INVALID. */
export function planBackups(request: BackupRequest, facts: BackupFacts): BackupPlan {
  const { policy } = facts;
  const rule = request.rule === undefined ? undefined : ruleNamed(policy, request.rule);
  const guests = Array.isArray(request.guests)
    ? [...new Set(request.guests)].map((address) => namedGuest(request, facts, address, rule))
    : ruledGuests(request, facts, needed(policy), rule);
  return { schema: 'sifaka.backup-plan/1', guests };
}

function needed(policy: BackupPolicy | undefined): BackupPolicy {
  if (policy !== undefined) return policy;
  throw new Problem('POLICY_MISSING', {
    what: 'The lab has no backups/policy.yaml, which would say what is to be backed up.',
    state: 'Nothing was backed up.',
    next: 'Name guests and a storage, as in `sifaka backups run baobab/100 --storage nas`, or write the policy.',
  });
}

function ruleNamed(policy: BackupPolicy | undefined, name: string): BackupRule {
  const rules = needed(policy).rules;
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  throw new Problem('INPUT_INVALID', {
    what: `backups/policy.yaml has no rule ${name}.`,
    state: 'Nothing was backed up.',
    next:
      rules.length === 0
        ? 'Write one.'
        : `Its rules are: ${rules.map((one) => one.name).join(', ')}.`.slice(0, 500),
  });
}

function namedGuest(
  request: BackupRequest,
  facts: BackupFacts,
  address: string,
  rule: BackupRule | undefined,
): PlannedGuest {
  const [node = '', id = ''] = address.split('/');
  const asked = facts.nodes.find((one) => one.node === node);
  const known = facts.known.find((guest) => guest.node === node && String(guest.vmid) === id);
  if (asked === undefined || 'problem' in asked) {
    const problem = asked?.problem ?? guestUnknown(address, node);
    return refusedGuest(facts, address, known, problem);
  }
  const row = asked.facts.guests.find(({ vmid }) => String(vmid) === id);
  if (row === undefined) {
    const isUnread = asked.facts.unread.guests > 0;
    const refusal = isUnread ? guestUnread(address, asked.facts) : guestUnknown(address, node);
    return refusedGuest(facts, address, known, refusal);
  }
  const found: FoundGuest = { facts: asked.facts, row };
  if (row.node !== asked.facts.host) {
    const elsewhere = facts.nodes.find((one) => 'facts' in one && one.facts.host === row.node);
    const refusal = guestMoved(address, elsewhere?.node ?? row.node);
    return { ...planGuest(request, facts, found, rule), action: 'new', warnings: [], refusal };
  }
  const counts = rule ?? (facts.policy && ruleOf(facts.policy, found));
  return planGuest(request, facts, found, counts);
}

/**
 * Those that a rule counts for, in the order of the nodes; with the guests of silent nodes, and those that
 * a node may mean by what could not be read, as they were last seen.
 */
function ruledGuests(
  request: BackupRequest,
  facts: BackupFacts,
  policy: BackupPolicy,
  only: BackupRule | undefined,
): PlannedGuest[] {
  const counts = (rule: BackupRule | undefined): rule is BackupRule =>
    rule !== undefined && (only === undefined || rule.name === only.name);
  const there = foundGuests(facts.nodes).flatMap((found) => {
    const rule = ruleOf(policy, found);
    if (!counts(rule)) return [];
    const planned = planGuest(request, facts, found, rule);
    return request.guests === 'all' || planned.action === 'continue' || isDue(facts, policy, found, rule)
      ? [planned]
      : [];
  });
  const silent = facts.nodes.flatMap((asked) => {
    const { facts: said } = 'facts' in asked ? asked : {};
    if (said?.unread.guests === 0) return [];
    return facts.known
      .filter(({ vmid }) => !said?.guests.some((row) => row.vmid === vmid))
      .filter((guest) => guest.node === asked.node && !there.some((planned) => isSame(planned, guest)))
      .filter((guest) => {
        const found = policyFor(policy, guest);
        const rule = found.kind === 'rule' ? found.rule : undefined;
        return counts(rule) && (request.guests === 'all' || isGuestDue(facts, policy, guest, rule));
      })
      .map((guest) => {
        const address = `${guest.node}/${guest.vmid}`;
        return refusedGuest(
          facts,
          address,
          guest,
          'facts' in asked ? guestUnread(address, asked.facts) : asked.problem,
        );
      });
  });
  return [...there, ...silent];
}

function ruleOf(policy: BackupPolicy, found: FoundGuest): BackupRule | undefined {
  const counted = policyFor(policy, selected(found));
  return counted.kind === 'rule' ? counted.rule : undefined;
}

/** Its schedule has passed since the last backup that was made began. A rule without a schedule is never due. */
function isDue(facts: BackupFacts, policy: BackupPolicy, found: FoundGuest, rule: BackupRule): boolean {
  const last = recordsOf(facts.records, found).find((record) => isMadeBy(facts.at, record));
  return isDueSince(facts, policy, rule, last?.startedAt);
}

/** A node's clock that was ahead once says of no later day that something was done. */
function isMadeBy(now: Date, { outcome, startedAt }: BackupRecord): boolean {
  return outcome === 'made' && Date.parse(startedAt) <= now.getTime() + toleratedSkewMs;
}

function isGuestDue(facts: BackupFacts, policy: BackupPolicy, guest: Guest, rule: BackupRule): boolean {
  const last = facts.records.find(
    (record) =>
      isMadeBy(facts.at, record) && record.guest.node === guest.node && record.guest.vmid === guest.vmid,
  );
  return isDueSince(facts, policy, rule, last?.startedAt);
}

function isSame(planned: PlannedGuest, { pveCluster, type, vmid }: Guest): boolean {
  const { guest } = planned;
  return guest.pveCluster === pveCluster && guest.type === type && guest.vmid === vmid;
}

/** A guest of which no more is known than where somebody thought it is. */
function refusedGuest(
  facts: BackupFacts,
  address: string,
  known: Guest | undefined,
  refusal: ProblemRecord,
): PlannedGuest {
  const [node = '', id = ''] = address.split('/');
  const rule = known && facts.policy ? policyFor(facts.policy, known) : undefined;
  const counted = rule?.kind === 'rule' ? rule.rule : undefined;
  return {
    guest: {
      pveCluster: known?.pveCluster ?? node,
      type: known?.type ?? 'qemu',
      vmid: Number(id),
      node,
      ...(known?.name === undefined ? {} : { name: known.name }),
    },
    action: 'new',
    id: facts.idFor(address),
    ...(counted === undefined ? {} : { rule: counted.name }),
    method: counted?.method ?? 'vzdump',
    mode: counted?.mode ?? 'snapshot',
    storage: counted?.storage ?? 'local',
    shared: false,
    compress: counted?.compress ?? 'zstd',
    bandwidthLimit: 0,
    targets: [],
    pruneBackups: '',
    warnings: [],
    refusal,
  };
}
