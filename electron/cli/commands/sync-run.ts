import { asProblem, Problem } from '../../../shared/problem.ts';
import type { CommandPair, SyncCommand } from '../../hosts/sync-command.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import {
  type DatabaseOfLab,
  databaseOf,
  labRunInput,
  namesPairAlone,
  needed,
  type SyncRunFlags,
  syncRunInput,
} from '../sync-options.ts';
import { listenToSync } from '../sync-progress.ts';
import { syncRunText } from '../text/sync-run-text.ts';
import { wayBack } from '../way-back.ts';

/** Everything behind the options is loaded only now: help and mistakes of the command line need none of it. */
export async function openDoor(
  context: CommandContext,
  dbDsn: string | undefined,
  ofLab?: DatabaseOfLab,
): Promise<SyncCommand> {
  const dsn = databaseOf(context, dbDsn, ofLab);
  const { openSyncCommand } = await import('../../hosts/sync-command.ts');
  return openSyncCommand({ environment: context.environment, dsn });
}

/** `sifaka sync run` and `ha-sync`. */
export async function runSyncCommand(context: CommandContext, flags: SyncRunFlags): Promise<CommandResult> {
  const ofLab = namesPairAlone(flags) ? await pairOfLab(context, flags) : undefined;
  const input =
    ofLab === undefined ? syncRunInput(context, flags) : labRunInput(context, flags, ofLab.requests);
  const door = await openDoor(context, flags.dbDsn, ofLab);
  const listener = listenToSync(context, { verbose: flags.verbose === true });
  try {
    const report = await door.run(input, { signal: context.interrupts.signal, tell: listener.tell });
    listener.end();
    const text = syncRunText(report, wayBack(context, flags, report));
    return { report, text, exitCode: report.problem === undefined ? 0 : 1 };
  } catch (error) {
    throw ofLab === undefined ? error : withShortInit(error, flags.pair);
  } finally {
    listener.end();
  }
}

/**
 * What the lab says of a pair, with the address of its database unless the command line has one. `instead`: what else the command
 * takes. All of the services is loaded for it, which a run that names its folders has no need of.
 */
export async function pairOfLab(
  context: CommandContext,
  flags: Pick<SyncRunFlags, 'pair' | 'dbDsn'>,
  instead?: string,
): Promise<CommandPair & DatabaseOfLab> {
  const name = needed('--pair', flags.pair);
  const { labPairOf, labPairWithDatabase } = await import('../lab-pair.ts');
  if (flags.dbDsn === undefined) return labPairWithDatabase(context, name, instead);
  return { ...(await labPairOf(context, name, instead)), dsn: undefined };
}

/** The lab knows the folders of its pair: they need not be typed. */
function withShortInit(error: unknown, pair: string | undefined): unknown {
  const problem = asProblem(error);
  if (problem?.code !== 'SYNC_ROOT_UNMARKED' || pair === undefined) return error;
  const next = `If both are the right folders and everything is mounted, mark the pair once: sifaka sync init --pair ${pair}`;
  return new Problem(problem.code, { ...problem.data, next }, { cause: error });
}
