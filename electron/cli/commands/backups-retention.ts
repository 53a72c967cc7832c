import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import { planRetention, type RetentionArchive } from '../../../shared/retention.ts';
import type { ArchiveState } from '../../../shared/retention-safety.ts';
import { type Keep, timeZoneSchema } from '../../../shared/schemas/backup-policy.ts';
import { retentionRowSchema } from '../../../shared/schemas/retention.ts';
import { terminalJson } from '../../../shared/terminal-text.ts';
import { canAsk } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';

interface RetentionOptions {
  readonly keepAll?: boolean;
  readonly keepLast?: string;
  readonly keepHourly?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly timezone: string;
  readonly maximumShare?: string;
  readonly pure?: boolean;
}

const afterHelp = `
Reads a JSON array from stdin, the archives of one place:
  {"volid": "nas:backup/vzdump-qemu-100-2026_11_20-14_00_00.vma.zst",
   "type": "qemu" or "lxc", "vmid": 100, "ctime": seconds since 1970,
   "protected": true or false (may be left out)}
or the list that \`pvesh get /nodes/NODE/storage/STORE/content --content backup
--output-format json\` prints on a node.
Prints the same rows in the same order, each with "mark" (keep, remove,
protected, renamed) and "rule", what it is kept or removed by. Further keys are
handed on. Nothing else is printed on stdout; with --json it is the same array,
on one line. No lab and no node is needed, and nothing is removed.

The decision is Proxmox's: the options in the order last, hourly, daily, weekly,
monthly, yearly; with none above 0 everything is kept. An archive with another
name than vzdump's is "renamed". Added to it, unless --pure is given, is the
safety of \`sifaka backups prune\`, which only ever keeps more:
  unknown-state           its time is yet to come, or the list has it twice
  last-good               the newest good archive of a guest
  replacement-unverified  the next newer one that is kept, or the newest one
                          that is, is not verified
  maximum-share           more of the list than --maximum-share would go at
                          once; the oldest go first, the others another time
A row may say "verified": true or false. Where it says nothing, nothing is held
against it: the archive is taken for good.`;

export function addBackupRetentionCommand(backups: Command, run: RunCommand): void {
  backups
    .command('retention')
    .description('which archives of a list would be kept and which removed, and by what rule; works offline')
    .option('--keep-all', 'keep everything')
    .option('--keep-last <count>', 'keep so many of the newest')
    .option('--keep-hourly <count>', 'keep the newest of so many hours')
    .option('--keep-daily <count>', 'keep the newest of so many days')
    .option('--keep-weekly <count>', 'keep the newest of so many weeks (ISO 8601)')
    .option('--keep-monthly <count>', 'keep the newest of so many months')
    .option('--keep-yearly <count>', 'keep the newest of so many years')
    .option('--timezone <zone>', 'whose hours, days and weeks are counted, as in Europe/Berlin', 'UTC')
    .option(
      '--maximum-share <share>',
      'how much of the list may be removed at once, from 0 to 1 (default: 0.5)',
    )
    .option('--pure', "Proxmox's rules alone, without Sifaka's added safety")
    .addHelpText('after', afterHelp)
    .action((options: RetentionOptions, command: Command) =>
      run(command, (context) => decide(context, options)),
    );
}

async function decide(context: CommandContext, options: RetentionOptions): Promise<CommandResult> {
  const keep = keepOf(options);
  const timezone = timeZoneSchema.safeParse(options.timezone);
  if (!timezone.success)
    throw inputInvalid(
      `${options.timezone} is no time zone that is known here.`,
      'Name one, as in Europe/Berlin.',
    );
  const safety = safetyOf(options);
  const rows = rowsIn(await readInput(context));
  const now = context.now().getTime() / 1000;
  const archives = rows.map(({ row }) => archiveOf(row, now));
  const verdicts = planRetention(archives, {
    keep,
    timezone: timezone.data,
    ...(safety === undefined ? {} : { safety }),
  });
  const decided = rows.map(({ given }, index) =>
    Object.assign(given, { mark: verdicts[index]?.mark, rule: verdicts[index]?.rule }),
  );
  const lines = decided.map(terminalJson);
  return {
    report: decided,
    text: lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n]`,
    document: true,
  };
}

/** Rows as Proxmox's JSON has them too: there a truth is 0 or 1. */
const truth = z.union([z.boolean(), z.literal(0), z.literal(1)]);
const rowSchema = retentionRowSchema.extend({ protected: truth.optional(), verified: truth.optional() });
type Row = z.infer<typeof rowSchema>;

function archiveOf(row: Row, now: number): RetentionArchive {
  const { volid, type, vmid, ctime } = row;
  return { volid, type, vmid, ctime, protected: isSet(row.protected), state: stateOf(row, now) };
}

function stateOf({ ctime, verified }: Row, now: number): ArchiveState {
  if (ctime > now + clockSkewSeconds) return 'unknown';
  if (verified === undefined) return 'taken-for-good';
  return isSet(verified) ? 'good' : 'unverified';
}

const isSet = (value: z.infer<typeof truth> | undefined) => value === true || value === 1;

/** By so much another machine's clock may be ahead of ours. */
const clockSkewSeconds = 300;

function keepOf(options: RetentionOptions): Keep {
  const keep = {
    last: count('keep-last', options.keepLast),
    hourly: count('keep-hourly', options.keepHourly),
    daily: count('keep-daily', options.keepDaily),
    weekly: count('keep-weekly', options.keepWeekly),
    monthly: count('keep-monthly', options.keepMonthly),
    yearly: count('keep-yearly', options.keepYearly),
  };
  if (options.keepAll === true && Object.values(keep).some((value) => value > 0))
    throw inputInvalid('--keep-all cannot be given with another --keep option.', 'Leave one of them out.');
  return keep;
}

/** INPUT_INVALID. */
function count(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw inputInvalid(`--${name} ${text}: that is no number of archives.`, 'Give a whole number, 0 or more.');
}

function safetyOf({ pure, maximumShare }: RetentionOptions): { maximumShare: number } | undefined {
  if (pure === true && maximumShare !== undefined)
    throw inputInvalid(
      '--maximum-share is part of the safety that --pure leaves out.',
      'Leave one of them out.',
    );
  if (pure === true) return undefined;
  if (maximumShare === undefined) return { maximumShare: 0.5 };
  const share = Number(maximumShare);
  if (/^(\d+\.?\d*|\.\d+)$/.test(maximumShare) && share <= 1) return { maximumShare: share };
  throw inputInvalid(`${maximumShare} is no share.`, 'Give a number from 0 to 1: 0.5 is half of the list.');
}

interface ListedRow {
  /** As it came, so that what is in it stays as it was. */
  readonly given: object;
  readonly row: Row;
}

/** INPUT_INVALID, with the first rows that are wrong. */
function rowsIn(text: string): ListedRow[] {
  const list = parseJson(text);
  if (!Array.isArray(list)) throw invalidList('What stands on stdin is no JSON array.');
  const mistakes: string[] = [];
  const rows = list.flatMap((given: unknown, index): ListedRow[] => {
    const parsed = rowSchema.safeParse(withType(given));
    if (parsed.success && typeof given === 'object' && given !== null) return [{ given, row: parsed.data }];
    for (const { path, message } of parsed.error?.issues ?? [])
      if (mistakes.length < 20)
        mistakes.push(`Row ${index + 1}${path.length === 0 ? '' : `, ${path.join('.')}`}: ${message}.`);
    return [];
  });
  const [first, ...more] = mistakes;
  if (first !== undefined) throw invalidList(first, more);
  return rows;
}

/** In Proxmox's own list of a storage (PVE::API2::Storage::Content) the type of the guest is called `subtype`. */
function withType(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || 'type' in given || !('subtype' in given)) return given;
  return { ...given, type: given.subtype };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidList(text.trim() === '' ? 'There is nothing on stdin.' : 'What stands on stdin is no JSON.');
  }
}

function invalidList(what: string, more: readonly string[] = []): Problem {
  return new Problem('INPUT_INVALID', {
    what,
    state: 'Nothing was decided.',
    next: 'Give a JSON array of archives on stdin; --help says what is in them.',
    ...(more.length === 0 ? {} : { more: [...more] }),
  });
}

/** About two million archives. */
const largestInput = 256 * 1024 * 1024;

async function readInput(context: CommandContext): Promise<string> {
  if (canAsk(context)) throw invalidList('There is nothing on stdin but a terminal.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of context.input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > largestInput) throw invalidList('The list is larger than 256 MiB.');
    chunks.push(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw invalidList('What stands on stdin is no text in UTF-8.');
  }
}
