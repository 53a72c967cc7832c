import { formatBytes, formatCount, formatQuantity } from '../../../shared/quantities.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import type { SyncOperation } from '../../../shared/schemas/sync-record.ts';
import type { SyncRunReport } from '../../../shared/schemas/sync-report.ts';
import { pasteableCommand } from '../../../shared/pasteable-command.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { noticeOrder, noticeTitles, operationLine, stayingLine } from './sync-words.ts';
import { factsText } from './table.ts';

/** Names of one group that are printed. */
const shownNames = 20;
/** Operations of a plan that are printed: all that a report has. */
const shownPlanned = 1000;

/** The command that takes a run back, with what it needs to find it. */
export function undoWords(
  { iteration }: SyncRunReport,
  found: readonly string[],
  global: readonly string[] = [],
): readonly string[] {
  return ['sifaka', ...global, 'sync', 'undo', iteration.iteration_uid, ...found];
}

/** The same wherever its records are: the side that it changed knows of it. */
export function undoByTrash(report: SyncRunReport): readonly string[] {
  return undoWords(report, ['--dest', report.iteration.dest, '--log-dir', report.logDir]);
}

/**
 * What one run did and found, or what a dry run would do, and the command that takes it back; several lines, safe for a terminal.
 */
export function syncRunText(report: SyncRunReport, undo = undoByTrash(report)): string {
  return [
    ...headOf(report),
    countsOf(report),
    operationsOf(report),
    stayingOf(report),
    noticesOf(report),
    ...endOf(report, undo),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headOf({ iteration, currentAsOf, operationsTotal, noticesTotal }: SyncRunReport): string[] {
  const { sync_pair: pair, direction, src, dest, dry_run: isDry, status } = iteration;
  const way = terminalText(`Pair ${pair}, ${direction}: ${src} to ${dest}`);
  if (currentAsOf !== undefined) {
    return [`Dry-run already current as of ${currentAsOf}. Nothing has changed.`, way];
  }
  if (isDry) return [`${way}\nThis is a dry run: nothing was copied or deleted.`];
  if (status === 'success' && operationsTotal === 0) {
    const toSee = formatQuantity(noticesTotal, 'thing');
    return [`${way}\n${noticesTotal === 0 ? 'Nothing to do.' : `Nothing was changed. ${toSee} to look at:`}`];
  }
  return [`${way}\n${status === 'success' ? 'Done, and read back.' : 'NOT COMPLETE: a part failed.'}`];
}

function countsOf({ iteration, counts, trash }: SyncRunReport): string {
  const dry = iteration.dry_run;
  const {
    files_created: created,
    files_updated: updated,
    files_deleted: deleted,
    files_failed: failed,
    files_skipped: skipped,
  } = iteration;
  const bytes = dry ? counts.bytes : iteration.total_bytes_transferred;
  const facts: [string, string][] = [
    [dry ? 'would copy' : 'copied', formatQuantity(created, 'new file')],
    [dry ? 'would replace' : 'replaced', formatQuantity(updated, 'file')],
    [dry ? 'would delete' : 'deleted', formatQuantity(deleted, 'file')],
    ['left as is', formatQuantity(skipped, 'file')],
    [dry ? 'to copy' : 'bytes copied', formatBytes(bytes)],
    ...(failed > 0 ? [['FAILED', formatQuantity(failed, 'operation')] satisfies [string, string]] : []),
    // A value of facts may be several lines; a path is one, whatever is in it.
    ...(trash === undefined ? [] : [['old versions', terminalText(trash)] satisfies [string, string]]),
  ];
  return factsText(facts);
}

function operationsOf({ operations, operationsTotal, iteration, currentAsOf }: SyncRunReport): string {
  if (currentAsOf !== undefined && operationsTotal > shownNames)
    return `The plan has the same ${formatQuantity(operationsTotal, 'operation')} as then.`;
  if (operations.length === 0) return '';
  const shown = operations.slice(0, iteration.dry_run ? shownPlanned : shownNames);
  const title = iteration.dry_run ? 'The plan' : 'Operations';
  return `${title}:\n${shown.map(lineOf).join('\n')}${andMore(shown.length, operationsTotal, 'The records have them all.')}`;
}

function lineOf(operation: SyncOperation): string {
  return `  ${operationLine(operation)}`;
}

/** Of a dry run: what the other side has newer, and that it wins. */
function stayingOf({ iteration, counts, staying = [], stayingTotal = 0 }: SyncRunReport): string {
  if (!iteration.dry_run) return '';
  const { dest } = iteration;
  const lines = staying.slice(0, shownNames).map((one) => `  ${terminalText(stayingLine(one))}`);
  const title = terminalText(`${dest} wins, so these stay; the other direction would do them`);
  const named =
    lines.length === 0
      ? []
      : [
          `${title} (${formatCount(stayingTotal)}):\n${lines.join('\n')}${andMore(lines.length, stayingTotal, '')}`,
        ];
  const onlyThere = counts.destination - counts.common - counts.deletes;
  const only =
    onlyThere <= 0 || iteration.direction === 'undo'
      ? []
      : [
          terminalText(
            `${formatQuantity(onlyThere, 'file')} ${onlyThere === 1 ? 'is' : 'are'} in ${dest} only; the other direction would copy ${onlyThere === 1 ? 'it' : 'them'}.`,
          ),
        ];
  return [...named, ...only].join('\n\n');
}

function noticesOf({ notices, noticesTotal, operations }: SyncRunReport): string {
  const failed = new Set(
    operations.filter(({ status }) => status === 'fail').map(({ filepath }) => filepath),
  );
  const parts = noticeOrder.flatMap((kind) => {
    // A conflict that was to be settled and was not stands among the operations that failed.
    const ofKind = notices.filter(
      (notice) => notice.kind === kind && !(kind === 'conflict' && failed.has(notice.filepath)),
    );
    if (ofKind.length === 0) return [];
    const lines = ofKind
      .slice(0, shownNames)
      .map(({ filepath, text }) => `  ${terminalText(filepath === '' ? text : `${filepath}: ${text}`)}`);
    const more = andMore(lines.length, ofKind.length, 'With --json all are named.');
    return [`${noticeTitles[kind]} (${formatCount(ofKind.length)}):\n${lines.join('\n')}${more}`];
  });
  if (noticesTotal > notices.length)
    parts.push(
      `Of ${formatCount(noticesTotal)} such remarks the first ${formatCount(notices.length)} were looked at here.`,
    );
  return parts.join('\n\n');
}

function andMore(shown: number, total: number, where: string): string {
  return total > shown ? `\n  … and ${formatCount(total - shown)} more. ${where}`.trimEnd() : '';
}

function endOf(
  { iteration, wouldStop, problem, recorded, operationsTotal }: SyncRunReport,
  undo: readonly string[],
): string[] {
  // Of what only failed there is nothing to take back.
  const nothingDone = operationsTotal <= iteration.files_failed;
  const wayBack =
    iteration.dry_run || nothingDone || iteration.direction === 'undo'
      ? []
      : [`To take this run back: ${terminalText(pasteableCommand(undo))}`];
  return [
    ...(wouldStop === undefined ? [] : [`A real run would be stopped.\n${problemLines(wouldStop)}`]),
    ...(problem === undefined ? [] : [`Not complete.\n${problemLines(problem)}`]),
    ...recordedWords[recorded],
    ...wayBack,
  ];
}

const recordedWords: Readonly<Record<SyncRunReport['recorded'], readonly string[]>> = {
  stored: [],
  kept: ['The records wait in the log folder; the next run of the pair writes them.'],
  'end-unwritten': [
    'That this run has ended could not be written to the log folder. What is said here is what it did; if the next run of the pair finds its log, it records this one as cut off.',
  ],
};

function problemLines({ what, state, next, code }: ProblemRecord): string {
  return [what, `state  ${state}`, `next   ${next}`, code]
    .map((line) => `  ${terminalText(line)}`)
    .join('\n');
}
