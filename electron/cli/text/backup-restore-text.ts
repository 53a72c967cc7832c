import { formatBytes, formatUtc } from '../../../shared/quantities.ts';
import type { PlannedRestore } from '../../../shared/schemas/backup-plans.ts';
import type { JobReport } from '../../../shared/schemas/job.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { wrapped } from './wrap.ts';

/** What a restore would do: the archive, what it erases, its steps, and what keeps it from being run. */
export function restorePlanText({ plan }: PlannedRestore, columns = Number.POSITIVE_INFINITY): string {
  const { archive, node, vmid, overwrites, stages, warnings, refusals, storage } = plan;
  const lines = [
    `Restore to ${node}/${vmid}${storage === undefined ? '' : `, with its disks on ${storage}`}`,
    `From ${archive.id}`,
    `  of ${formatUtc(new Date(archive.ctime * 1000))}, ${formatBytes(archive.sizeBytes)}. ${archive.proof}`,
    '',
    ...(overwrites === undefined
      ? [refusals.length === 0 ? 'Nothing is erased: the id is free.' : 'Nothing is erased.']
      : [
          `ERASES ${overwrites.name ?? `the guest ${vmid}`} (${node}/${vmid}), which is ${overwrites.status}:`,
          ...overwrites.disks.map((disk) => `  ${disk}`),
          `  Its last good backup: ${overwrites.lastGoodBackup === undefined ? 'NONE. What is on it now is lost for good.' : formatUtc(new Date(overwrites.lastGoodBackup))}`,
        ]),
    '',
    ...stages.map((stage, index) => `${index + 1}. ${stage}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...refusals.flatMap(({ code, what, next }) => [`REFUSED (${code}): ${what}`, `  ${next}`]),
  ];
  return lines.flatMap((line) => indented(terminalText(line), columns)).join('\n');
}

function indented(line: string, columns: number): string[] {
  const indent = line.startsWith('  ') ? '  ' : '';
  return wrapped(line.slice(indent.length), columns - indent.length).map((part) => indent + part);
}

/** What was read back. */
export function restoredText({
  guest,
  archive,
  evidence,
}: Extract<JobReport, { kind: 'backup-restore' }>): string {
  return [`${guest} was restored from ${archive}:`, ...evidence.map((line) => `  ${line}`)]
    .map((line) => terminalText(line))
    .join('\n');
}
