import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import { storageIdSchema } from '../../../shared/schemas/backup-names.ts';
import type { PlannedRestore, RestoreRequest } from '../../../shared/schemas/backup-plans.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { ask, canAsk, forgetTypedAhead } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { restoredText, restorePlanText } from '../text/backup-restore-text.ts';
import { guestAddress } from './backups-prove.ts';

interface RestoreOptions {
  readonly to: string;
  readonly storage?: string;
  readonly overwrite?: boolean;
  readonly start?: boolean;
  readonly unique?: boolean;
  readonly plan?: boolean;
}

export function addBackupRestoreCommand(backups: Command, run: RunCommand): void {
  backups
    .command('restore <archive>')
    .description(
      'make a guest of an archive, as in storage:nas#NAME or target:offsite#NAME; shows what it erases, and asks before that',
    )
    .requiredOption('--to <guest>', 'the node and the id, as in baobab/100')
    .option('--storage <name>', 'where its disks go; where the archive says unless told')
    .option('--overwrite', 'erase the guest that has this id')
    .option('--start', 'start it, and wait for its answer')
    .option('--unique', 'new MAC addresses, when the original stays')
    .option('--plan', 'only show what it would do')
    .action((archive: string, options: RestoreOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const request = requestOf(archive, options);
          if (options.plan === true) {
            const planned = await planRestore(context, client, request);
            return {
              report: planned,
              text: restorePlanText(planned, columnsOf(context)),
              exitCode: planned.plan.refusals.length > 0 ? 3 : 0,
            };
          }
          refuseToGuess(context, request);
          return restore(context, client, request);
        }),
      ),
    );
}

/** Plans, shows the plan, asks, and follows the job to its end. */
async function restore(
  context: CommandContext,
  client: SifakaClient,
  request: RestoreRequest,
): Promise<CommandResult> {
  const { output, interrupts } = context;
  const planned = await planRestore(context, client, request);
  const { plan, digest } = planned;
  if (output.json) output.event({ type: 'plan', ...planned });
  if (output.showsProgress) output.say(`${restorePlanText(planned, columnsOf(context))}\n`);
  if (plan.refusals.length === 0) await confirmInWords(context, planned);
  interrupts.signal.throwIfAborted();
  const { confirmation } = await client.backups.confirm({ planDigest: digest });
  const { jobId } = await client.backups.restore({ planDigest: digest, confirmation });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'backup-restore') throw new Error(`a restore reported ${report.kind}`);
  return { report, text: restoredText(report) };
}

async function planRestore(
  { output, interrupts }: CommandContext,
  client: SifakaClient,
  request: RestoreRequest,
): Promise<PlannedRestore> {
  if (output.showsProgress) output.statusLine('Asking the node …');
  try {
    return await client.backups.planRestore(request, { signal: interrupts.signal });
  } finally {
    output.statusLine(undefined);
  }
}

/** INPUT_INVALID. */
function requestOf(archive: string, options: RestoreOptions): RestoreRequest {
  const { to, storage, overwrite = false, start = false, unique = false } = options;
  if (storage !== undefined && !storageIdSchema.safeParse(storage).success)
    throw inputInvalid(`${storage} is no storage.`, 'Name one of the node, as in local-lvm.');
  if (archive.length < 3 || archive.length > 456)
    throw inputInvalid(
      'That is no archive.',
      'Name it by its place and its name, as `sifaka backups archives` does.',
    );
  return {
    archive,
    target: guestAddress(to),
    ...(storage === undefined ? {} : { storage }),
    overwrite,
    start,
    unique,
  };
}

/** Without a person and without --yes no guest is erased; said before the node is asked. */
function refuseToGuess(context: CommandContext, { overwrite }: RestoreRequest): void {
  if (!overwrite || context.options.yes === true || canAsk(context)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: 'This restore may erase a guest, and there is no terminal to ask on.',
    state: 'Nothing was changed.',
    next: 'Look at it with --plan, then run it with --yes.',
  });
}

/** The guest that is erased, by its name, which nobody types by mistake; typed after the question stands there. */
async function confirmInWords(context: CommandContext, { plan }: PlannedRestore): Promise<void> {
  const { overwrites, node, vmid } = plan;
  if (overwrites === undefined || context.options.yes === true) return;
  await forgetTypedAhead(context);
  const expected = overwrites.name ?? `${node}/${vmid}`;
  const answer = await ask(context, `Type ${terminalText(expected)} to erase it and restore over it: `);
  if (answer.trim() === expected) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: `That was not ${expected}.`,
    state: 'Nothing was changed.',
    next: 'Start again and type the name of the guest that is erased, or give --yes.',
  });
}

function columnsOf({ output: { results } }: CommandContext): number {
  return results.isTTY === true ? results.columns || 80 : Number.POSITIVE_INFINITY;
}
