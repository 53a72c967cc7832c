import type { Command } from 'commander';
import type { Problem } from '../../shared/problem.ts';
import type { CommandPair } from '../hosts/sync-command.ts';
import type { CommandContext } from './command-context.ts';
import { inputInvalid } from './failure.ts';

/** Where logs are kept unless told otherwise; the log volume of the CronJobs is mounted there. */
export const defaultLogFolder = '/var/log/ha-sync';

/** What commander makes of the options; all text is as it was typed. */
export interface SyncRunFlags {
  readonly src?: string;
  readonly dest?: string;
  readonly pair?: string;
  readonly direction?: string;
  readonly dbDsn?: string;
  readonly lockTtl?: string;
  readonly logDir?: string;
  readonly logRetainDays?: string;
  readonly mtimeThreshold?: string;
  readonly deleteMissing?: boolean;
  readonly workers?: string;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly checksum?: boolean;
  readonly maxDelete?: string;
  readonly allowEverythingChanged?: boolean;
  readonly trashRetainDays?: string;
}

/** The options of a run, the same for `sifaka sync run` and `ha-sync`. */
export function addSyncRunOptions(command: Command): Command {
  return withRecords(
    command
      .option('--src <path>', 'the folder to copy from')
      .option('--dest <path>', 'the folder to copy to')
      .option(
        '--pair <name>',
        'name of the pair, as in media; alone, without --src and --dest, a pair of the lab, with all that sync/pairs.yaml says of it',
      )
      .option(
        '--direction <label>',
        'what this direction is called, as in dell-to-hp (default: fwd); of a pair of the lab, which of its two',
      ),
  )
    .option('--lock-ttl <seconds>', 'a lock that was not renewed for so long is stale (default: 3600)')
    .option('--log-retain-days <n>', 'logs that are older are removed (default: 10)')
    .option(
      '--mtime-threshold <seconds>',
      'times closer than this are decided by the content (MD5), else the newest wins (default: 2)',
    )
    .option(
      '--delete-missing',
      'delete from --dest what --src does not have, into the trash; for one direction of a pair only',
    )
    .option('--workers <n>', 'files worked on at the same time (default: 4)')
    .option('--dry-run', 'print what would be done and record it as a dry run; change nothing')
    .option('--verbose', 'name every operation')
    .option(
      '--checksum',
      'read every file that looks equal, and find other bytes under the same size and time',
    )
    .option(
      '--max-delete <percent>',
      'stop when more than this share of --dest would be deleted (default: 50)',
    )
    .option('--allow-everything-changed', 'go on although nearly every file differs')
    .option('--trash-retain-days <n>', 'days that replaced and deleted versions are kept (default: 30)');
}

/** Where logs and records are. */
export function withRecords(command: Command): Command {
  return command
    .option(
      '--log-dir <path>',
      `folder for the logs, the locks and the state of pairs (default: "${defaultLogFolder}")`,
    )
    .option(
      '--db-dsn <dsn>',
      'database for the records, user:password@tcp(host:3306)/database; better by HA_SYNC_DB_DSN, which nobody else sees',
    );
}

export function logFolderOf(
  context: CommandContext,
  { logDir }: { readonly logDir?: string | undefined },
): string {
  return context.absolutePath(logDir ?? defaultLogFolder);
}

/** Whether the folders are those of the lab: a pair was named, and neither of its folders. */
export function namesPairAlone({ src, dest, pair }: Pick<SyncRunFlags, 'src' | 'dest' | 'pair'>): boolean {
  return src === undefined && dest === undefined && pair !== undefined;
}

/** What the door takes; it parses it again. INPUT_INVALID for what is missing or no number. */
export function syncRunInput(context: CommandContext, flags: SyncRunFlags): Record<string, unknown> {
  return {
    src: context.absolutePath(needed('--src', flags.src)),
    dest: context.absolutePath(needed('--dest', flags.dest)),
    pair: needed('--pair', flags.pair),
    ...withoutAbsent({ direction: flags.direction }),
    logDir: logFolderOf(context, flags),
    ...optionsIn(flags),
  };
}

/** The same of a direction of the lab; what stands on the command line counts more than what stands there. */
export function labRunInput(
  context: CommandContext,
  flags: SyncRunFlags,
  requests: CommandPair['requests'],
): Record<string, unknown> {
  const found = requests.find(({ direction }) => direction === flags.direction);
  if (found === undefined) {
    const named = flags.direction === undefined ? 'is missing' : 'is none of this pair';
    const directions = requests.map(({ direction }) => `--direction ${direction}`).join(' or ');
    throw inputInvalid(`--direction ${named}: the lab has two of them.`, `Name one of them: ${directions}.`);
  }
  const logDir = flags.logDir === undefined ? {} : { logDir: logFolderOf(context, flags) };
  return { ...found, ...logDir, ...optionsIn(flags) };
}

function optionsIn(flags: SyncRunFlags): Record<string, unknown> {
  return withoutAbsent({
    lockTtlSeconds: numberIn('--lock-ttl', flags.lockTtl),
    logRetainDays: numberIn('--log-retain-days', flags.logRetainDays),
    mtimeThresholdSeconds: numberIn('--mtime-threshold', flags.mtimeThreshold),
    deleteMissing: flags.deleteMissing,
    workers: numberIn('--workers', flags.workers),
    dryRun: flags.dryRun,
    checksum: flags.checksum,
    maxDeletePercent: numberIn('--max-delete', flags.maxDelete?.replace(/%$/, '')),
    allowEverythingChanged: flags.allowEverythingChanged,
    trashRetainDays: numberIn('--trash-retain-days', flags.trashRetainDays),
  });
}

/** What an option has; INPUT_INVALID when it was not given. */
export function needed(option: '--src' | '--dest' | '--pair', value: string | undefined): string {
  if (value) return value;
  throw inputInvalid(
    `${option} is missing.`,
    option === '--pair'
      ? 'Name the pair: --pair NAME.'
      : 'Name both folders and their pair, --src DIR --dest DIR --pair NAME; or a pair of your lab alone, --pair NAME.',
  );
}

export function withoutAbsent(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

export function numberIn(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  throw inputInvalid(`${flag} is not a number.`, `Give it as digits, as in ${flag} 10.`);
}

/** What the lab has for its pairs' records: the address of a database, none, or why it cannot be read. */
export interface DatabaseOfLab {
  readonly dsn: string | Problem | undefined;
}

/**
 * `--db-dsn`, with a warning, or what the lab has for its pair, or HA_SYNC_DB_DSN; without any the records are a file in the log
 * folder.
 */
export function databaseOf(
  { environment, output }: CommandContext,
  dbDsn: string | undefined,
  ofLab?: DatabaseOfLab,
): DatabaseOfLab['dsn'] {
  if (dbDsn === undefined)
    return ofLab === undefined ? environment['HA_SYNC_DB_DSN'] || undefined : ofLab.dsn;
  output.say(
    'Warning: --db-dsn shows its password to everybody who can list the processes of this machine. Put it in the environment instead: HA_SYNC_DB_DSN.',
  );
  return dbDsn || undefined;
}
