import type { SyncRunReport } from '../../shared/schemas/sync-report.ts';
import type { CommandContext } from './command-context.ts';
import { namesPairAlone, type SyncRunFlags } from './sync-options.ts';
import { undoByTrash, undoWords } from './text/sync-run-text.ts';

/**
 * The command that takes a run back, for any shell and folder: a schedule's output is read elsewhere, where neither SIFAKA_LAB,
 * SIFAKA_IDENTITY and HA_SYNC_DB_DSN nor the working folder need be what they were. No address of a database is in it: the lab has
 * it sealed, and of folders without a lab the trash of the side knows the run, whatever database is asked.
 */
export function wayBack(
  context: CommandContext,
  flags: SyncRunFlags,
  report: SyncRunReport,
): readonly string[] {
  const { options, environment } = context;
  if (!namesPairAlone(flags)) return undoByTrash(report);
  const lab = options.lab ?? environment['SIFAKA_LAB'];
  const identity = options.identity ?? environment['SIFAKA_IDENTITY'];
  const pair = ['--pair', report.iteration.sync_pair];
  const logDir = flags.logDir === undefined ? [] : ['--log-dir', report.logDir];
  return undoWords(
    report,
    [...pair, ...logDir],
    [
      '--lab',
      context.absolutePath(lab || '.'),
      ...(identity ? ['--identity', context.absolutePath(identity)] : []),
    ],
  );
}
