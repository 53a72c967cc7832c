import type { Command } from 'commander';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import type { CommandPair } from '../../hosts/sync-command.ts';
import { labDatabaseOrWhyNot, labPairIfAny, withOtherWays } from '../lab-pair.ts';
import { withSession } from '../session.ts';
import {
  addSyncRunOptions,
  logFolderOf,
  namesPairAlone,
  needed,
  numberIn,
  type SyncRunFlags,
  withoutAbsent,
  withRecords,
} from '../sync-options.ts';
import { gcText, initText, labInitText, resumeText, statusText } from '../text/sync-text.ts';
import { openDoor, pairOfLab, runSyncCommand } from './sync-run.ts';
import { type UndoFlags, undoSyncCommand } from './sync-undo.ts';

interface RecordFlags {
  readonly logDir?: string;
  readonly dbDsn?: string;
}

export function addSyncCommands(program: Command, run: RunCommand): void {
  const sync = program
    .command('sync')
    .description('keep two folders the same: two one-way passes for each pair');

  addSyncRunOptions(
    sync
      .command('run')
      .description(
        'one pass: what is new or newer in --src is copied to --dest, or one direction of a pair of the lab; what it replaces goes to the trash of that side',
      ),
  ).action((flags: SyncRunFlags, command: Command) =>
    run(command, (context) => runSyncCommand(context, flags)),
  );

  sync
    .command('init')
    .description(
      'mark two folders as the sides of a pair; without its marker nothing is copied to or from a folder',
    )
    .option('--src <path>', 'one side')
    .option('--dest <path>', 'the other side')
    .option('--pair <name>', 'name of the pair, as in media; alone, a pair of the lab')
    .action((flags: { src?: string; dest?: string; pair?: string }, command: Command) =>
      run(command, (context) => init(context, flags)),
    );

  withRecords(
    sync
      .command('undo <iteration>')
      .description(
        'take one run back: what it replaced or deleted returns from the trash, what it made goes there',
      ),
  )
    .option(
      '--pair <name>',
      'a pair of the lab: its records and the trash of both its sides are asked, and no run of another one is taken back',
    )
    .option('--dest <path>', 'the side that the run changed, when no record of it is left')
    .option('--lock-ttl <seconds>', 'a lock that was not renewed for so long is stale (default: 3600)')
    .option('--dry-run', 'only say what would be done')
    .option('--verbose', 'name every operation')
    .action((iteration: string, flags: UndoFlags, command: Command) =>
      run(command, (context) => undoSyncCommand(context, iteration, flags)),
    );

  withRecords(
    sync.command('resume').description('clear what blocks a pair after an error in its other direction'),
  )
    .option('--pair <name>', 'the pair')
    .option('--lock-ttl <seconds>', 'a lock that was not renewed for so long is stale (default: 3600)')
    .action((flags: RecordFlags & { pair?: string; lockTtl?: string }, command: Command) =>
      run(command, (context) => resume(context, flags)),
    );

  withRecords(
    sync
      .command('gc')
      .description(
        'drop rows of operations that are older than 30 days, but those of the last dry run and of what can be undone',
      ),
  )
    .option(
      '--pair <name>',
      'a pair of the lab, whose log folder and database are meant; the rows of all pairs in them are looked at',
    )
    .option('--retain-days <n>', 'rows that are older are dropped (default: 30)')
    .action((flags: RecordFlags & { pair?: string; retainDays?: string }, command: Command) =>
      run(command, (context) => gc(context, flags)),
    );

  withRecords(sync.command('status').description('the last runs of each pair, and what is blocked or waits'))
    .option('--pair <name>', 'only this pair')
    .action((flags: RecordFlags & { pair?: string }, command: Command) =>
      run(command, (context) => status(context, flags)),
    );
}

async function init(
  context: CommandContext,
  flags: { src?: string; dest?: string; pair?: string },
): Promise<CommandResult> {
  if (namesPairAlone(flags)) return initOfLab(context, needed('--pair', flags.pair));
  const src = context.absolutePath(needed('--src', flags.src));
  const dest = context.absolutePath(needed('--dest', flags.dest));
  const pair = needed('--pair', flags.pair);
  const door = await openDoor(context, undefined);
  const report = await door.init({ src, dest, pair });
  return { report: { pair, ...report }, text: initText(pair, report) };
}

/** As the Sync page does it, with the line in the logbook. */
async function initOfLab(context: CommandContext, name: string): Promise<CommandResult> {
  try {
    const report = await withSession(context, 'lab', ({ client }) => client.sync.initPair({ pair: name }));
    return { report, text: labInitText(report) };
  } catch (error) {
    throw withOtherWays(error);
  }
}

/** Where the records of a pair are: in the folder that was named, else in that of the lab that has the pair. */
async function recordsOf(
  context: CommandContext,
  flags: RecordFlags,
  pair: string | undefined,
): Promise<{ readonly ofLab?: CommandPair; readonly logDir: string }> {
  const ofLab =
    pair === undefined || flags.logDir !== undefined ? undefined : await labPairIfAny(context, pair);
  return ofLab === undefined ? { logDir: logFolderOf(context, flags) } : { ofLab, logDir: ofLab.logFolder };
}

async function resume(
  context: CommandContext,
  flags: RecordFlags & { pair?: string; lockTtl?: string },
): Promise<CommandResult> {
  const pair = needed('--pair', flags.pair);
  const { ofLab, logDir } = await recordsOf(context, flags, pair);
  // No record is read or written, so the lab's database is not asked for: its address may be sealed for a locked identity.
  const door = await openDoor(context, flags.dbDsn);
  const report = await door.resume(
    withoutAbsent({
      pair,
      logDir,
      lockTtlSeconds: numberIn('--lock-ttl', flags.lockTtl) ?? ofLab?.lockTtlSeconds,
    }),
    { signal: context.interrupts.signal },
  );
  return { report, text: resumeText(report) };
}

const gcInstead =
  'Name the log folder whose records are meant in place of the pair, --log-dir DIR; or be in the lab that has the pair, or name it with --lab DIR.';

/** The records of all pairs are one table with one age: a pair only says where they are. */
async function gc(
  context: CommandContext,
  flags: RecordFlags & { pair?: string; retainDays?: string },
): Promise<CommandResult> {
  const ofLab = flags.pair === undefined ? undefined : await pairOfLab(context, flags, gcInstead);
  const door = await openDoor(context, flags.dbDsn, ofLab);
  const report = await door.gc(
    withoutAbsent({
      logDir: logFolderOf(context, { logDir: flags.logDir ?? ofLab?.logFolder }),
      retainDays: numberIn('--retain-days', flags.retainDays),
    }),
  );
  return { report, text: gcText(report) };
}

async function status(
  context: CommandContext,
  flags: RecordFlags & { pair?: string },
): Promise<CommandResult> {
  const { pair } = flags;
  const { ofLab, logDir } = await recordsOf(context, flags, pair);
  const isLabs = ofLab !== undefined && pair !== undefined && flags.dbDsn === undefined;
  const door = await openDoor(
    context,
    flags.dbDsn,
    isLabs ? { dsn: await labDatabaseOrWhyNot(context, pair) } : undefined,
  );
  const report = await door.status(withoutAbsent({ logDir, pair }));
  return { report, text: statusText(report, context.now()) };
}
