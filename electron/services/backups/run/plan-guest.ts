import type { BackupRequest, PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import type { NodeRun } from '../node/node-answer.ts';
import { isPruned } from '../records/is-pruned.ts';
import { missingCopies } from './copies.ts';
import { type BackupFacts, type FoundGuest, isDueSince, keepWords, recordsOf } from './plan-facts.ts';
import { guestRefusal, noRule, targetGone } from './plan-refusals.ts';
import { guestWarnings } from './plan-warnings.ts';

/** A backup whose copies are not all made is gone on with for so long; later a new one is worth more. */
const continuedMilliseconds = 24 * 60 * 60 * 1000;

/** One guest that is there: how it is backed up, or gone on with, or why it is not. */
export function planGuest(
  request: BackupRequest,
  facts: BackupFacts,
  found: FoundGuest,
  rule: BackupRule | undefined,
): PlannedGuest {
  const before = continued(request, facts, found, rule);
  if (before !== undefined) return before;
  const planned = newBackup(request, facts, found, rule);
  if (planned === undefined) return { ...blank(facts, found), refusal: noRule(addressOf(found)) };
  const refusal = guestRefusal(facts, found, planned);
  return {
    ...planned,
    warnings: guestWarnings(found, planned),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

export function addressOf({ facts, row }: FoundGuest): string {
  return `${facts.node}/${row.vmid}`;
}

function newBackup(
  request: BackupRequest,
  facts: BackupFacts,
  found: FoundGuest,
  rule: BackupRule | undefined,
): PlannedGuest | undefined {
  const storage = request.storage ?? rule?.storage;
  if (storage === undefined) return undefined;
  const method = request.method ?? rule?.method ?? 'vzdump';
  const row = found.facts.storages.find((one) => one.storage === storage);
  const estimateBytes = estimateOf(facts, found);
  return {
    ...blank(facts, found),
    ...(rule === undefined ? {} : { rule: rule.name }),
    method,
    mode: request.mode ?? rule?.mode ?? 'snapshot',
    storage,
    shared: row?.shared ?? false,
    // Disks are taken out of the archive as it comes from zstd.
    compress: method === 'export' ? 'zstd' : (rule?.compress ?? 'zstd'),
    bandwidthLimit: request.bandwidthLimit ?? rule?.bandwidthLimit ?? 0,
    targets: rule?.targets ?? [],
    // What vzdump removes by itself are archives of its own on the rule's storage.
    pruneBackups:
      rule?.pruneBy === 'vzdump' && method === 'vzdump' && storage === rule.storage ? keepWords(rule) : '',
    ...(estimateBytes === undefined ? {} : { estimateBytes }),
  };
}

function blank(facts: BackupFacts, found: FoundGuest): PlannedGuest {
  const { row } = found;
  const name = found.facts.configs.get(row.vmid)?.name ?? row.name;
  return {
    guest: {
      pveCluster: found.facts.pveCluster,
      type: row.type,
      vmid: row.vmid,
      node: found.facts.node,
      ...(name === undefined ? {} : { name }),
    },
    action: 'new',
    id: facts.idFor(addressOf(found)),
    method: 'vzdump',
    mode: 'snapshot',
    storage: 'local',
    shared: false,
    compress: 'zstd',
    bandwidthLimit: 0,
    targets: [],
    pruneBackups: '',
    warnings: [],
  };
}

/** What an earlier archive of it took, with some room for growth; else all that its disks can hold. */
function estimateOf(facts: BackupFacts, found: FoundGuest): number | undefined {
  const last = recordsOf(facts.records, found).find(({ outcome }) => outcome === 'made');
  if (last?.sizeBytes !== undefined) return Math.ceil(last.sizeBytes * 1.1);
  return found.row.maxdisk;
}

/** A backup of it that was begun and is not over. */
function continued(
  request: BackupRequest,
  facts: BackupFacts,
  found: FoundGuest,
  counts: BackupRule | undefined,
): PlannedGuest | undefined {
  const run = unfinishedRun(facts, found);
  if (run?.request !== undefined) {
    const { request: asked } = run;
    const rule = facts.policy?.rules.find(({ name }) => name === asked.rule);
    return {
      ...blank(facts, found),
      action: 'continue',
      id: run.id,
      ...(asked.rule === undefined ? {} : { rule: asked.rule }),
      method: asked.method,
      mode: asked.mode,
      storage: asked.storage,
      shared: found.facts.storages.some(({ storage, shared }) => storage === asked.storage && shared),
      compress: asked.compress,
      bandwidthLimit: asked.bwlimit,
      targets: rule?.targets ?? [],
      pruneBackups: asked.prune === '-' ? '' : asked.prune,
      warnings: ['A backup of it was begun before: it is gone on with, and nothing is dumped twice.'],
    };
  }
  const record = request.anew === true ? undefined : withoutCopies(facts, found, counts);
  return record && copiesOnly(facts, found, record);
}

/** Started by an operator, on the guest's node, and without a record. */
function unfinishedRun({ records }: BackupFacts, { facts, row }: FoundGuest): NodeRun | undefined {
  return facts.runs.find(
    ({ id, request }) =>
      request?.by === 'operator' &&
      request.vmid === row.vmid &&
      request.type === row.type &&
      !records.some((record) => record.id === id),
  );
}

/**
 * Its newest backup, when that was made lately and some copy of it was not. Not once the next one is due: a target that is
 * away for days would keep a guest from being backed up at all.
 */
function withoutCopies(
  facts: BackupFacts,
  found: FoundGuest,
  rule: BackupRule | undefined,
): BackupRecord | undefined {
  const newest = recordsOf(facts.records, found).find(({ outcome }) => outcome === 'made');
  if (newest === undefined || isPruned(newest)) return undefined;
  const { policy } = facts;
  if (policy !== undefined && rule !== undefined && isDueSince(facts, policy, rule, newest.startedAt))
    return undefined;
  const isRecent = facts.at.getTime() - Date.parse(newest.startedAt) < continuedMilliseconds;
  return isRecent && missingCopies(newest).length > 0 ? newest : undefined;
}

function copiesOnly(facts: BackupFacts, found: FoundGuest, record: BackupRecord): PlannedGuest {
  const missing = missingCopies(record);
  const unknown = missing.find((target) => !facts.targets.includes(target));
  const { rule, id, method, mode, storage, compress, sizeBytes } = record;
  return {
    ...blank(facts, found),
    action: 'continue',
    id,
    ...(rule === undefined ? {} : { rule }),
    method,
    // Of what is there already it says nothing.
    mode: mode ?? 'snapshot',
    storage,
    shared: !(record.place ?? '').includes('/'),
    compress,
    targets: missing,
    ...(sizeBytes === undefined ? {} : { estimateBytes: sizeBytes }),
    warnings: [
      `Its backup of ${record.startedAt} is whole; only its copies to ${missing.join(', ')} are made now.`,
    ],
    ...(unknown === undefined ? {} : { refusal: targetGone(unknown) }),
  };
}
