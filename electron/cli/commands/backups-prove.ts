import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { guestAddressSchema } from '../../../shared/schemas/backup-names.ts';
import type { VerifyRequest } from '../../../shared/schemas/backup-plans.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { isGood, testedText, verifiedText } from '../text/backup-proof-text.ts';

interface VerifyOptions {
  readonly guest?: string[];
  readonly olderThan?: string;
}

export function addBackupProveCommands(backups: Command, run: RunCommand): void {
  backups
    .command('verify [archives...]')
    .description(
      'read archives where they are, every byte, and compare with what was backed up: those named, as in storage:nas#NAME, else those that nobody has read yet; exit code 1 when one is not good',
    )
    .option('--guest <guests...>', 'those of guests, as in baobab/100')
    .option('--older-than <days>', 'those that nobody has read for so many days')
    .action((archives: string[], options: VerifyOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) =>
          verify(context, client, verifyRequest(archives, options)),
        ),
      ),
    );

  backups
    .command('restore-test [guest]')
    .alias('test')
    .description(
      'make a guest of the newest archive of one, as in baobab/100, under an id of the policy, without a network; let it answer, and remove it again',
    )
    .option('--archive <id>', 'of this archive, as in storage:nas#NAME')
    .action((guest: string | undefined, { archive }: { archive?: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          if ((guest === undefined) === (archive === undefined))
            throw inputInvalid(
              'It is not said what to test, or twice.',
              'Name a guest, as in baobab/100, or an archive with --archive.',
            );
          const { jobId } = await client.backups.restoreTest(
            guest === undefined ? { archive } : { guest: guestAddress(guest) },
          );
          const report = await runJob(context, client, jobId);
          if (report.kind !== 'backup-restore-test')
            throw new Error(`a restore test reported ${report.kind}`);
          return { report, text: testedText(report) };
        }),
      ),
    );
}

async function verify(
  context: CommandContext,
  client: SifakaClient,
  request: VerifyRequest,
): Promise<CommandResult> {
  const { jobId } = await client.backups.verify(request);
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'backup-verify') throw new Error(`a verification reported ${report.kind}`);
  return { report, text: verifiedText(report), exitCode: isGood(report) ? 0 : 1 };
}

/** INPUT_INVALID. */
function verifyRequest(archives: readonly string[], { guest, olderThan }: VerifyOptions): VerifyRequest {
  if (archives.length > 0 && (guest !== undefined || olderThan !== undefined))
    throw inputInvalid(
      'Archives are named, and others are asked for by an option.',
      'Name archives, or give --guest and --older-than.',
    );
  const days = olderThan === undefined ? undefined : Number(olderThan);
  if (days !== undefined && (!Number.isInteger(days) || days < 0 || days > 3650))
    throw inputInvalid(`${olderThan} is not a number of days.`, 'Give a number from 0 to 3650.');
  return {
    ...(archives.length === 0 ? {} : { archives: [...archives] }),
    ...(guest === undefined ? {} : { guests: guest.map(guestAddress) }),
    ...(days === undefined ? {} : { olderThanDays: days }),
  };
}

/** INPUT_INVALID. */
export function guestAddress(text: string): string {
  if (guestAddressSchema.safeParse(text).success) return text;
  throw inputInvalid(`${text} is no guest.`, 'Name it by its node and its id, as in baobab/100.');
}
