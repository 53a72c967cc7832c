import { formatBytes, formatQuantity } from '../../../shared/quantities.ts';
import type { PlannedArchive, PrunePlan } from '../../../shared/schemas/backup-plans.ts';
import type { JobReport } from '../../../shared/schemas/job.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';

/** Every archive, place by place, with what becomes of it and why; then what would be freed. */
export function prunePlanText(plan: PrunePlan): string {
  const places = [...new Set(plan.archives.map(({ place }) => place))];
  const parts = places.map((place) => {
    const archives = plan.archives.filter((archive) => archive.place === place);
    return `${terminalText(place)}\n${archivesTable(archives)}`;
  });
  const gaps = plan.gaps.map(
    ({ place, problem }) => `${terminalText(place)}: nothing is removed there. ${terminalText(problem.what)}`,
  );
  const sum =
    plan.removes === 0
      ? `Nothing would be removed of ${formatQuantity(plan.archives.length, 'archive')}.`
      : `${formatQuantity(plan.removes, 'archive')} of ${plan.archives.length} would be removed, which frees ${formatBytes(plan.freesBytes)}.`;
  return [...parts, ...(gaps.length === 0 ? [] : [gaps.join('\n')]), sum].join('\n\n');
}

export function pruneNextText({ removes }: PrunePlan): string {
  return removes === 0 ? '' : '\n\nNext: sifaka backups prune';
}

/** How many archives of which guests on which places, and how many bytes. */
export function pruneQuestion(plan: PrunePlan): string {
  const removed = plan.archives.filter(({ mark }) => mark === 'remove');
  const guests = [...new Set(removed.map(guestOf))];
  const places = [...new Set(removed.map(({ place }) => place))];
  const what = `${formatQuantity(plan.removes, 'archive')} of ${namesText(guests)} on ${namesText(places)} (${formatBytes(plan.freesBytes)})`;
  return `Type ${plan.removes} to remove ${terminalText(what)} for good: `;
}

export function prunedText({
  removed,
  left,
  freedBytes,
}: Pick<Extract<JobReport, { kind: 'backup-prune' }>, 'removed' | 'left' | 'freedBytes'>): string {
  const done = `${formatQuantity(removed.length, 'archive')} ${removed.length === 1 ? 'was' : 'were'} removed and seen to be gone (${formatBytes(freedBytes)}).`;
  const lines = left.map(
    ({ archive, problem }) =>
      `  ${terminalText(archive)}\n    ${problem.code}: ${terminalText(problem.what)}\n    ${terminalText(problem.state)} ${terminalText(problem.next)}`,
  );
  return left.length === 0 ? done : `${done}\nNot removed:\n${lines.join('\n')}`;
}

function archivesTable(archives: readonly PlannedArchive[]): string {
  return tableText(
    [
      { title: 'GUEST' },
      { title: 'ARCHIVE' },
      { title: 'SIZE', align: 'right' },
      { title: 'MARK' },
      { title: 'RULE' },
      { title: 'WHY' },
    ],
    archives.map((archive) => [
      guestOf(archive),
      archive.name,
      formatBytes(archive.sizeBytes),
      archive.mark,
      archive.rule,
      archive.why,
    ]),
  );
}

function guestOf({ type, vmid }: PlannedArchive): string {
  return type === undefined || vmid === undefined ? '-' : `${type}/${vmid}`;
}

/** At most a few, and how many more. */
function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
