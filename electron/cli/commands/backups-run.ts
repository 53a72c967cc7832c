import { type Command, Option } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { BackupRequest, PlannedBackup } from '../../../shared/schemas/backup-plans.ts';
import { backupRequestSchema } from '../../../shared/schemas/backup-plans.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { backupPlanText, madeText, recordsText } from '../text/backup-run-text.ts';

interface RunOptions {
  readonly due?: boolean;
  readonly rule?: string;
  readonly mode?: 'snapshot' | 'suspend' | 'stop';
  readonly method?: 'vzdump' | 'export';
  readonly storage?: string;
  readonly bwlimit?: string;
  readonly new?: boolean;
}

export function addBackupRunCommands(backups: Command, run: RunCommand): void {
  runOptions(
    backups
      .command('plan [guests...]')
      .description('what a run would do, without doing it; exit code 3 when nothing of it can be run'),
  ).action((guests: string[], options: RunOptions, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) => {
        const planned = await planOf(context, client, requestOf(guests, options));
        const { guests: all } = planned.plan;
        const isRefused = all.length > 0 && all.every(({ refusal }) => refusal !== undefined);
        return {
          report: planned,
          text: backupPlanText(planned, columnsOf(context)),
          exitCode: isRefused ? 3 : 0,
        };
      }),
    ),
  );

  runOptions(
    backups
      .command('run [guests...]')
      .description(
        'back up guests, as in baobab/100, or those that are due, and copy the backups to their targets; Ctrl-C stops it on the nodes, and the next run goes on where it stopped',
      ),
  ).action((guests: string[], options: RunOptions, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', ({ client }) => backUp(context, client, requestOf(guests, options))),
    ),
  );

  backups
    .command('records')
    .description('what was backed up, and what was tried, newest first')
    .option('--limit <count>', 'how many', '20')
    .action((options: { limit: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const limit = Number(options.limit);
          if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
            throw inputInvalid(
              `${options.limit} is not a number of records.`,
              'Give a number from 1 to 10000.',
            );
          const records = await client.backups.records({ limit });
          return { report: records, text: recordsText(records) };
        }),
      ),
    );
}

function runOptions(command: Command): Command {
  return command
    .option('--due', 'those whose schedule has passed since their last backup')
    .option('--rule <name>', 'those of one rule of the policy; for guests that are named, the rule to follow')
    .addOption(
      new Option('--mode <mode>', 'how the guest is treated meanwhile').choices([
        'snapshot',
        'suspend',
        'stop',
      ]),
    )
    .addOption(
      new Option('--method <method>', 'an archive of Proxmox, or each disk as an image of its own').choices([
        'vzdump',
        'export',
      ]),
    )
    .option('--storage <name>', 'the Proxmox storage that archives are made on')
    .option('--bwlimit <KiB/s>', 'how fast guests are read at most')
    .option('--new', 'a new backup, also where the last one still waits for its copies');
}

async function backUp(
  context: CommandContext,
  client: SifakaClient,
  request: BackupRequest,
): Promise<CommandResult> {
  const { output, interrupts } = context;
  const planned = await planOf(context, client, request);
  if (output.json) output.event({ type: 'plan', ...planned });
  if (output.showsProgress) output.say(`${backupPlanText(planned, columnsOf(context))}\n`);
  // A timer that finds nothing due has done its work.
  if (planned.plan.guests.length === 0 && request.guests === 'due')
    return { report: { kind: 'backup-run', backups: [] }, text: backupPlanText(planned) };
  interrupts.signal.throwIfAborted();
  const { jobId } = await client.backups.run({ planDigest: planned.digest });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'backup-run') throw new Error(`a run of backups reported ${report.kind}`);
  return { report, text: madeText(report.backups) };
}

async function planOf(
  { output, interrupts }: CommandContext,
  client: SifakaClient,
  request: BackupRequest,
): Promise<PlannedBackup> {
  if (output.showsProgress) output.statusLine('Asking the nodes …');
  try {
    return await client.backups.plan(request, { signal: interrupts.signal });
  } finally {
    output.statusLine(undefined);
  }
}

/** INPUT_INVALID: without a guest it has to be said which are meant. */
function requestOf(guests: readonly string[], options: RunOptions): BackupRequest {
  const { due, rule, mode, method, storage, bwlimit } = options;
  if (guests.length > 0 && due === true)
    throw inputInvalid('Guests are named, and --due is given.', 'Give one of the two.');
  if (guests.length === 0 && due !== true && rule === undefined)
    throw inputInvalid(
      'It is not said which guests are meant.',
      'Name them, as in baobab/100, or give --due or --rule NAME.',
    );
  const parsed = backupRequestSchema.safeParse({
    guests: guests.length > 0 ? guests : due === true ? 'due' : 'all',
    ...(rule === undefined ? {} : { rule }),
    ...(mode === undefined ? {} : { mode }),
    ...(method === undefined ? {} : { method }),
    ...(storage === undefined ? {} : { storage }),
    ...(bwlimit === undefined ? {} : { bandwidthLimit: Number(bwlimit) }),
    ...(options.new === true ? { anew: true } : {}),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = issue?.path[0] === 'guests' ? 'A guest is named NODE/VMID, as in baobab/100.' : undefined;
  throw inputInvalid(
    what ?? `${String(issue?.path[0] ?? 'An option')} is not right: ${issue?.message ?? ''}.`,
    'Correct it, then try again.',
  );
}

function columnsOf({ output: { results } }: CommandContext): number {
  return results.isTTY === true ? results.columns || 80 : Number.POSITIVE_INFINITY;
}
