import { formatCount, formatQuantity, formatUtc } from '../../../shared/quantities.ts';
import type {
  SyncDirectionStatus,
  SyncGcReport,
  SyncInitReport,
  SyncPairMarks,
  SyncResumeReport,
  SyncStatusReport,
} from '../../../shared/schemas/sync-commands.ts';
import type { SyncIteration } from '../../../shared/schemas/sync-record.ts';
import { directionSchema } from '../../../shared/schemas/sync-names.ts';
import type { SyncBlocked } from '../../../shared/schemas/sync-report.ts';
import { pasteableCommand } from '../../../shared/pasteable-command.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { defaultLogFolder } from '../sync-options.ts';
import { tableText } from './table.ts';
import { utcText } from './units.ts';

export function initText(pair: string, { source, destination, made }: SyncInitReport): string {
  const sides = terminalText(`${source} and ${destination}`);
  if (made === 'none')
    return `${sides} were marked as the sides of pair ${pair} before. Nothing was changed.`;
  const done = made === 'both' ? 'are marked' : 'are marked (one of them was before)';
  const words = ['--src', source, '--dest', destination, '--pair', pair];
  const direction = ['--direction', directionBetween(source, destination)];
  const next = ['sifaka', 'sync', 'run', ...words, ...direction, '--log-dir', defaultLogFolder, '--dry-run'];
  return `${sides} ${done} as the sides of pair ${pair}.\n\nNext, see what a run would do: ${terminalText(pasteableCommand(next))}`;
}

/** Of a pair of the lab; its records are where the lab says. */
export function labInitText({ pair, sides }: SyncPairMarks): string {
  const [first, second] = sides;
  if (first === undefined || second === undefined) throw new TypeError('a pair has two sides');
  const next = ['sync', 'run', '--pair', pair, '--direction', `${first.side}-to-${second.side}`, '--dry-run'];
  return terminalText(`${first.folder} and ${second.folder} are marked as the sides of pair ${pair}.`).concat(
    `\n\nNext, see what a run would do: ${terminalText(pasteableCommand(['sifaka', ...next]))}`,
  );
}

/** `dell-to-hp` of /mnt/dell/media and /mnt/hp/media: what tells the folders apart is, as a rule, what the sides are called. */
function directionBetween(source: string, destination: string): string {
  const [one, other] = [source, destination].map((folder) => folder.split(/[\\/]+/).filter(Boolean));
  const at = one?.findIndex((name, index) => name !== other?.[index]) ?? -1;
  const named = directionSchema.safeParse(`${one?.[at] ?? ''}-to-${other?.[at] ?? ''}`);
  const isWhole = one?.[at] !== undefined && other?.[at] !== undefined;
  return isWhole && named.success ? named.data : 'a-to-b';
}

export function resumeText({ pair, blocked, cleared }: SyncResumeReport): string {
  if (!cleared) return `Pair ${pair} is not blocked. Nothing was changed.`;
  if (blocked === undefined)
    return `Pair ${pair} is no longer blocked. What had blocked it could not be read.`;
  return `Pair ${pair} is no longer blocked. It was, since ${terminalText(blocked.direction)} failed: ${terminalText(blocked.problem.what)}`;
}

export function gcText({ dropped, before, kept, unseen }: SyncGcReport): string {
  const lines = [
    `${formatQuantity(dropped, 'row')} of operations from before ${formatUtc(new Date(before))} ${dropped === 1 ? 'was' : 'were'} dropped.`,
  ];
  if (kept > 0) lines.push(`The rows of ${formatQuantity(kept, 'run')} that can be undone stayed.`);
  for (const dest of unseen)
    lines.push(
      terminalText(`${dest} cannot be looked at from here, so the rows of what was changed there stayed.`),
    );
  return lines.join('\n');
}

export function statusText({ directions, blocked, waiting, gaps }: SyncStatusReport, now: Date): string {
  const parts = [
    directions.length > 0 ? directionsTable(directions, now) : noRunsWords({ waiting, gaps }),
    ...directions.flatMap(troubleOf),
    ...blocked.map((one) => blockedText(one, now)),
    ...waiting.map(
      ({ pair, runs }) =>
        `Records of ${formatQuantity(runs, 'run')} of pair ${terminalText(pair)} wait in the log folder; its next run writes them.`,
    ),
    ...gaps.map((gap) => `Not known: ${terminalText(gap)}`),
  ];
  return parts.join('\n\n');
}

/** Records that wait are records; and what the store could not say is not known. */
function noRunsWords({ waiting, gaps }: Pick<SyncStatusReport, 'waiting' | 'gaps'>): string {
  if (gaps.length > 0) return 'Which runs there were is not known.';
  return waiting.length > 0 ? 'No run is in the records so far.' : 'There is no record of a run yet.';
}

function directionsTable(directions: readonly SyncDirectionStatus[], now: Date): string {
  return tableText(
    [
      { title: 'PAIR' },
      { title: 'DIRECTION' },
      { title: 'LAST RUN' },
      { title: 'RESULT' },
      { title: 'LAST DRY RUN' },
    ],
    directions.map(({ pair, direction, lastRun, lastDryRun }) => [
      pair,
      direction,
      lastRun === undefined ? 'never' : utcText(lastRun.started_at, now),
      lastRun === undefined ? '-' : resultWords(lastRun),
      lastDryRun === undefined ? '-' : utcText(lastDryRun.started_at, now),
    ]),
  );
}

function resultWords(run: SyncIteration): string {
  if (run.status === 'running') return 'running, or cut off';
  if (run.status === 'failed') return 'FAILED';
  if (run.status === 'partial_failure')
    return `NOT COMPLETE, ${formatQuantity(run.files_failed, 'operation')} failed`;
  return `done: ${changesIn(run)}`;
}

/** Why the last run of a direction was not clean, and when one was. */
function troubleOf({ pair, direction, lastRun, lastSuccess }: SyncDirectionStatus): string[] {
  if (lastRun === undefined || lastRun.status === 'success') return [];
  const clean =
    lastSuccess === undefined
      ? 'It never ran clean.'
      : `Its last clean run was at ${formatUtc(new Date(lastSuccess.started_at))}.`;
  return [terminalText(`${pair}, ${direction}: ${lastRun.error_message ?? 'It has not ended.'} ${clean}`)];
}

function changesIn({
  files_created: created,
  files_updated: updated,
  files_deleted: deleted,
}: SyncIteration): string {
  if (created + updated + deleted === 0) return 'nothing to do';
  return `${formatCount(created)} copied, ${formatCount(updated)} replaced, ${formatCount(deleted)} deleted`;
}

function blockedText({ pair, direction, src, dest, since, problem }: SyncBlocked, now: Date): string {
  return terminalText(
    `BLOCKED: the other direction of pair ${pair} waits, since ${direction} (${src} to ${dest}) did not run clean ${utcText(since, now)}: ${problem.what} A clean run of ${direction} clears it, or \`sifaka sync resume\` with --pair ${pair} and this log folder.`,
  );
}
