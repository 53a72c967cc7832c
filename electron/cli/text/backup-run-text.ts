import { formatBytes, formatUtc } from '../../../shared/quantities.ts';
import type { PlannedBackup, PlannedGuest } from '../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { indent } from './table.ts';
import { wrapped } from './wrap.ts';

/** Everything a run would do, guest by guest; what is refused stands last. */
export function backupPlanText({ plan, digest }: PlannedBackup, columns = Number.POSITIVE_INFINITY): string {
  const sentence = (text: string, by = 2): string =>
    indent(wrapped(terminalText(text), Math.max(30, columns - by)).join('\n'), by);
  const [refused, planned] = [
    plan.guests.filter(({ refusal }) => refusal !== undefined),
    plan.guests.filter(({ refusal }) => refusal === undefined),
  ];
  if (plan.guests.length === 0) return 'Nothing is due: no guest is to be backed up now.';
  return [
    ...planned.map((guest) =>
      [
        `${nameOf(guest)}: ${howText(guest)}`,
        ...guest.warnings.map((warning) => sentence(warning)),
        ...(guest.targets.length === 0 ? [] : [sentence(`then copied to ${guest.targets.join(', ')}`)]),
      ].join('\n'),
    ),
    `plan ${digest}`,
    ...refused.map(
      (guest) =>
        `${nameOf(guest)}: REFUSED\n${sentence(guest.refusal?.what ?? '')}\n${sentence(guest.refusal?.next ?? '')}`,
    ),
    endText(planned.length, refused.length),
  ].join('\n\n');
}

/** What was made, a line each with what stands below it. */
export function madeText(backups: readonly BackupRecord[]): string {
  return backups.map(recordText).join('\n');
}

/** The records of the lab, newest first. */
export function recordsText(records: readonly BackupRecord[]): string {
  if (records.length === 0)
    return 'Nothing was backed up with this lab yet. Begin with: sifaka backups run NODE/VMID';
  return records
    .map((record) => `${formatUtc(new Date(record.startedAt))}  ${recordText(record)}`)
    .join('\n');
}

function recordText(record: BackupRecord): string {
  const { guest, outcome, storage, sizeBytes, archive, problem, pruneFailed, warnings, copies } = record;
  const name = terminalText(
    `${guest.node}/${guest.vmid}${guest.name === undefined ? '' : ` (${guest.name})`}`,
  );
  if (outcome !== 'made')
    return [
      `${name}: ${endWords[outcome]}`,
      ...(problem === undefined ? [] : [`  ${terminalText(problem.what)}`]),
    ].join('\n');
  const digests = record.files.map((file) => `  SHA-256 ${file.sha256}  ${terminalText(file.name)}`);
  return [
    `${name}: ${formatBytes(sizeBytes ?? 0)} on ${terminalText(storage)}, ${terminalText(archive ?? '')}`,
    ...digests,
    ...copies.map(({ target, state, problem: why }) =>
      terminalText(`  ${target}: ${copyWords[state]}${why === undefined ? '' : `: ${why.what}`}`),
    ),
    ...(pruneFailed === undefined
      ? []
      : [terminalText(`  The backup is good, and older ones were NOT REMOVED: ${pruneFailed}`)]),
    ...warnings.map((warning) => terminalText(`  Warning: ${warning}`)),
  ].join('\n');
}

const endWords: Readonly<Record<Exclude<BackupRecord['outcome'], 'made'>, string>> = {
  failed: 'NO BACKUP, it failed',
  cancelled: 'no backup, it was stopped',
  'cut-off': 'NO BACKUP, it was cut off',
};

const copyWords: Readonly<Record<BackupRecord['copies'][number]['state'], string>> = {
  verified: 'copied, and compared there',
  pending: 'NOT COPIED YET',
  failed: 'NOT COPIED',
};

function nameOf({ guest }: PlannedGuest): string {
  return terminalText(`${guest.node}/${guest.vmid}${guest.name === undefined ? '' : ` (${guest.name})`}`);
}

function howText({ method, mode, storage, bandwidthLimit, rule, estimateBytes }: PlannedGuest): string {
  return terminalText(
    [
      method === 'export' ? `exported in mode ${mode}` : `backed up in mode ${mode}`,
      `to ${storage}`,
      ...(rule === undefined ? [] : [`by rule ${rule}`]),
      ...(bandwidthLimit === 0 ? [] : [`at ${bandwidthLimit} KiB/s at most`]),
      ...(estimateBytes === undefined ? [] : [`up to ${formatBytes(estimateBytes)}`]),
    ].join(', '),
  );
}

function endText(planned: number, refused: number): string {
  if (refused === 0) return 'No archive is removed by this, unless it is said above.';
  if (planned === 0) return 'Nothing of this can be run.';
  return `The others can be run; the run ends with an error for ${refused === 1 ? 'this one' : `these ${refused}`}.`;
}
