import { noteLines } from '../../shared/note-lines.ts';
import type { Progress } from '../../shared/progress.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { formatBytes, formatDuration, formatRate } from '../../shared/quantities.ts';
import type { Output } from './output.ts';
import { wrapped } from './text/wrap.ts';

/** Seconds between two lines where stderr is no terminal. */
const lineInterval = 5;
const barWidths = [20, 10] as const;

export interface ProgressView {
  show(progress: Progress): void;
  /** What the run has to say or asks for; a command in it stays on a line of its own. */
  note(text: string): void;
  end(): void;
}

/**
 * Progress for people. On a terminal a line for every step, with what it means to pull the card out now, and below them one
 * that is redrawn; elsewhere a line for every new step and every few seconds. `pulls` is false where there is no card to pull.
 */
export function createProgressView(
  output: Output,
  secondsNow: () => number,
  options: { readonly pulls: boolean } = { pulls: true },
): ProgressView {
  const terminal = output.errors.isTTY === true;
  let shownStep = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  let saidPull: string | undefined;
  let last: Progress | undefined;
  const saidLanes = new Map<string, string>();
  let ticking: NodeJS.Timeout | undefined;
  /** Which of the lines fits: once a shorter one was needed it stays for the step, so that the line does not jump. */
  let shape = 0;

  function redraw() {
    if (!terminal || last === undefined) return;
    const countdown = countdownText(last, Date.now());
    const lines = progressLines(last).map((line) => `${line}${countdown}`);
    const fits = lines.findIndex((line) => line.length < columnsOf(output));
    shape = Math.max(shape, fits < 0 ? lines.length - 1 : fits);
    output.statusLine(lines[shape]);
  }

  /** A lane is heard of when it comes into another state; what it does meanwhile would fill the terminal. */
  function sayLanes({ lanes = [] }: Progress) {
    for (const { name, state, label } of lanes) {
      if (saidLanes.get(name) === state) continue;
      saidLanes.set(name, state);
      if (state !== 'waiting') say(output, `${name} ${label}`, 2);
    }
    if (terminal && countdownText({ lanes }, Date.now()) !== '') ticking ??= setInterval(redraw, 1000);
  }

  function sayPull(pull: string | undefined) {
    if (!options.pulls || pull === undefined || pull === saidPull) return;
    saidPull = pull;
    say(output, `If you pull the card now: ${pull}`, 2);
  }

  return {
    show(progress) {
      if (!output.showsProgress) return;
      const begins = progress.step !== shownStep;
      last = progress;
      if (begins) {
        shownStep = progress.step;
        shape = 0;
      }
      if (terminal) {
        if (begins) say(output, progress.label, 0);
        sayPull(progress.pull);
        sayLanes(progress);
        return redraw();
      }
      const now = secondsNow();
      if (begins || now - shownAt >= lineInterval) {
        shownAt = now;
        output.say(progressText(progress));
        sayPull(progress.pull);
      }
      sayLanes(progress);
    },
    note(text) {
      if (!output.showsProgress) return;
      for (const line of noteLines(text)) {
        if (line.kind === 'words') say(output, line.text, 0);
        // In one piece and alone between empty lines: a terminal that breaks it shows it, but does not change it.
        else output.say(`\n${terminalText(line.text)}\n`);
      }
      redraw();
    },
    end() {
      clearInterval(ticking);
      output.statusLine(undefined);
    },
  };
}

/** `Writing: 42 %, 12.3 MB of 28.9 MB, 38.2 MB/s, 12 s left`. */
export function progressText(progress: Progress): string {
  return `${terminalText(progress.label)}: ${amounts(progress, { sizes: true })}`;
}

/** The same as one line of a terminal, from the longest to the shortest; the step itself stands above it. */
export function progressLines(progress: Progress): string[] {
  const text = progressText(progress);
  const brief = amounts(progress, { sizes: false });
  return [
    ...barWidths.map((width) => `${bar(progress.overall, width)}  ${text}`),
    text,
    `${bar(progress.overall, 10)}  ${brief}`,
    brief,
  ];
}

/** `, goes back in 45 s unless confirmed`: the first of the nodes that would. */
function countdownText({ lanes = [] }: Pick<Progress, 'lanes'>, now: number): string {
  const deadlines = lanes.flatMap(({ deadline }) => (deadline === undefined ? [] : [Date.parse(deadline)]));
  if (deadlines.length === 0) return '';
  const seconds = Math.max(0, Math.ceil((Math.min(...deadlines) - now) / 1000));
  return `, goes back in ${seconds} s unless confirmed`;
}

function amounts(progress: Progress, { sizes }: { sizes: boolean }): string {
  const { done, total, unit, rate, etaSeconds } = progress;
  const parts = [`${Math.floor(progress.overall * 100)} %`];
  if (sizes && unit === 'bytes') parts.push(`${formatBytes(done)} of ${formatBytes(total)}`);
  else if (sizes && total > 1) parts.push(`${done} of ${total}${unit === 'files' ? ' files' : ''}`);
  if (rate !== undefined && unit === 'bytes' && done < total) parts.push(formatRate(rate, 'bytes'));
  if (etaSeconds !== undefined && etaSeconds >= 1) parts.push(`${formatDuration(etaSeconds)} left`);
  return parts.join(', ');
}

function bar(share: number, width: number): string {
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

/** Words, broken between them where stderr is a terminal. */
function say(output: Output, text: string, indent: number): void {
  const safe = terminalText(text);
  const margin = ' '.repeat(indent);
  if (output.errors.isTTY !== true) return output.say(`${margin}${safe}`);
  for (const line of wrapped(safe, columnsOf(output) - indent)) output.say(`${margin}${line}`);
}

function columnsOf({ errors }: Output): number {
  return errors.columns || 80;
}
