import type { Progress } from '../../shared/progress.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { formatBytes, formatDuration, formatRate } from '../../shared/quantities.ts';
import type { Output } from './output.ts';

/** Seconds between two lines where stderr is no terminal. */
const lineInterval = 5;
const barWidth = 20;

export interface ProgressView {
  show(progress: Progress): void;
  end(): void;
}

/** Progress for people: one redrawn line on a terminal; elsewhere a line for every new step and every few seconds. */
export function createProgressView(output: Output, secondsNow: () => number): ProgressView {
  const terminal = output.errors.isTTY === true;
  let shownStep = '';
  let shownAt = Number.NEGATIVE_INFINITY;

  return {
    show(progress) {
      if (!output.showsProgress) return;
      if (terminal) return output.statusLine(`${bar(progress.overall)}  ${progressText(progress)}`);
      const now = secondsNow();
      if (progress.step === shownStep && now - shownAt < lineInterval) return;
      shownStep = progress.step;
      shownAt = now;
      output.say(progressText(progress));
    },
    end: () => output.statusLine(undefined),
  };
}

/** `Writing: 42 %, 12.3 MiB of 28.9 MiB, 38.2 MB/s, 0:12 left`. */
export function progressText(progress: Progress): string {
  const { done, total, unit, rate, etaSeconds } = progress;
  const parts = [`${Math.floor(progress.overall * 100)} %`];
  if (unit === 'bytes') parts.push(`${formatBytes(done)} of ${formatBytes(total)}`);
  else if (total > 1) parts.push(`${done} of ${total}${unit === 'files' ? ' files' : ''}`);
  if (rate !== undefined && unit === 'bytes' && done < total) parts.push(formatRate(rate, 'bytes'));
  if (etaSeconds !== undefined && etaSeconds >= 1) parts.push(`${formatDuration(etaSeconds)} left`);
  return `${terminalText(progress.label)}: ${parts.join(', ')}`;
}

function bar(share: number): string {
  const filled = Math.round(share * barWidth);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`;
}
