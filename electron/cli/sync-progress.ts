import { formatBytes, formatQuantity } from '../../shared/quantities.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import type { SyncRunEvent } from '../hosts/sync-command.ts';
import type { CommandContext } from './command-context.ts';
import { operationLine } from './text/sync-words.ts';

/** Milliseconds between two redraws of the line of a terminal. */
const redrawAfter = 100;

/**
 * Shows what a run says while it runs: notes as they come, one line that is redrawn on a terminal, and with `--verbose` each
 * operation. With `--json` the same as events, operations only when they are asked for: there may be a million of them.
 */
export function listenToSync(
  { output, interrupts }: Pick<CommandContext, 'output' | 'interrupts'>,
  { verbose }: { readonly verbose: boolean },
): { readonly tell: (event: SyncRunEvent) => void; end(): void } {
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    tell(event) {
      if (event.type !== 'operations' || verbose) output.event(event);
      if (event.type === 'if-cut-off') interrupts.stateLeft = event.state;
      if (!output.showsProgress) return;
      if (event.type === 'note') output.say(terminalText(event.text));
      if (event.type === 'operations' && verbose)
        for (const operation of event.operations) output.say(operationLine(operation));
      if (event.type !== 'progress' || performance.now() - drawnAt < redrawAfter) return;
      drawnAt = performance.now();
      output.statusLine(progressText(event.progress));
    },
    end: () => output.statusLine(undefined),
  };
}

function progressText({
  step,
  done,
  total,
}: Extract<SyncRunEvent, { type: 'progress' }>['progress']): string {
  if (step === 'look')
    return done === 0 ? 'Looking at both sides …' : `Looking: ${formatQuantity(done, 'file')} …`;
  if (step === 'record') return 'Writing the records …';
  if (step === 'prove') return 'Reading back …';
  return total === 0 ? 'Applying …' : `Copying: ${formatBytes(done)} of ${formatBytes(total)}`;
}
