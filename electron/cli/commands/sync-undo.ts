import { terminalText } from '../../../shared/terminal-text.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { logFolderOf, numberIn, withoutAbsent } from '../sync-options.ts';
import { listenToSync } from '../sync-progress.ts';
import { syncRunText } from '../text/sync-run-text.ts';
import { openDoor, pairOfLab } from './sync-run.ts';

const undoInstead =
  'Name the log folder of the run and the side that it changed in place of the pair, --log-dir DIR --dest DIR; or be in the lab that has the pair, or name it with --lab DIR.';

export interface UndoFlags {
  readonly pair?: string;
  readonly logDir?: string;
  readonly dbDsn?: string;
  readonly dest?: string;
  readonly lockTtl?: string;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
}

export async function undoSyncCommand(
  context: CommandContext,
  iteration: string,
  flags: UndoFlags,
): Promise<CommandResult> {
  const ofLab = flags.pair === undefined ? undefined : await pairOfLab(context, flags, undoInstead);
  const door = await openDoor(context, flags.dbDsn, ofLab);
  const listener = listenToSync(context, { verbose: flags.verbose === true });
  try {
    const report = await door.undo(
      withoutAbsent({
        iteration,
        pair: flags.pair,
        sides: ofLab?.requests.map(({ src }) => src),
        logDir: logFolderOf(context, { logDir: flags.logDir ?? ofLab?.logFolder }),
        lockTtlSeconds: numberIn('--lock-ttl', flags.lockTtl) ?? ofLab?.lockTtlSeconds,
        dest: flags.dest === undefined ? undefined : context.absolutePath(flags.dest),
        dryRun: flags.dryRun,
      }),
      { signal: context.interrupts.signal, tell: listener.tell },
    );
    listener.end();
    const text = `Taking back ${terminalText(iteration)}\n${syncRunText(report)}`;
    return { report, text, exitCode: report.problem === undefined ? 0 : 1 };
  } finally {
    listener.end();
  }
}
