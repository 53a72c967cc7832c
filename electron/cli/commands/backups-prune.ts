import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import { guestAddressSchema, placeSchema } from '../../../shared/schemas/backup-names.ts';
import type { PlannedPrune, PruneRequest } from '../../../shared/schemas/backup-plans.ts';
import { ask, canAsk, forgetTypedAhead } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { pruneNextText, prunePlanText, pruneQuestion, prunedText } from '../text/backup-prune-text.ts';

interface PruneOptions {
  readonly plan?: boolean;
  readonly places?: string;
  readonly guests?: string;
}

export function addBackupPruneCommand(backups: Command, run: RunCommand): void {
  backups
    .command('prune')
    .description(
      'remove archives that the policy does not keep; shows which and why, and asks first. Exit code 1 when a place could not be looked at, or an archive not removed',
    )
    .option('--plan', 'only show every archive with the rule that keeps or removes it')
    .option('--places <names>', 'only there, parted by commas, as in storage:nas,target:offsite')
    .option('--guests <addresses>', 'only archives of these, parted by commas, as in baobab/100')
    .action((options: PruneOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const request = requestOf(options);
          if (options.plan === true) {
            const planned = await planPrune(context, client, request);
            return {
              report: planned,
              text: `${prunePlanText(planned.plan)}${pruneNextText(planned.plan)}`,
              exitCode: planned.plan.gaps.length > 0 ? 1 : 0,
            };
          }
          refuseToGuess(context);
          return prune(context, client, request);
        }),
      ),
    );
}

/** Plans, shows the plan, asks, and follows the job to its end. */
async function prune(
  context: CommandContext,
  client: SifakaClient,
  request: PruneRequest,
): Promise<CommandResult> {
  const planned = await planPrune(context, client, request);
  const { plan, digest } = planned;
  if (context.output.json) context.output.event({ type: 'plan', ...planned });
  const hasGaps = plan.gaps.length > 0;
  if (plan.removes === 0)
    return {
      report: { kind: 'backup-prune', removed: [], left: [], freedBytes: 0, gaps: plan.gaps },
      text: prunePlanText(plan),
      exitCode: hasGaps ? 1 : 0,
    };
  if (context.output.showsProgress) context.output.say(`${prunePlanText(plan)}\n`);
  await confirmInWords(context, planned);
  context.interrupts.signal.throwIfAborted();
  const { confirmation } = await client.backups.confirm({ planDigest: digest });
  const { jobId } = await client.backups.prune({ planDigest: digest, confirmation });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'backup-prune') throw new Error(`a prune reported ${report.kind}`);
  const isWhole = report.left.length === 0 && !hasGaps;
  return { report: { ...report, gaps: plan.gaps }, text: prunedText(report), exitCode: isWhole ? 0 : 1 };
}

async function planPrune(
  { output, interrupts }: CommandContext,
  client: SifakaClient,
  request: PruneRequest,
): Promise<PlannedPrune> {
  if (output.showsProgress) output.statusLine('Looking at every place …');
  try {
    return await client.backups.planPrune(request, { signal: interrupts.signal });
  } finally {
    output.statusLine(undefined);
  }
}

/** INPUT_INVALID. */
function requestOf({ places, guests }: PruneOptions): PruneRequest {
  return {
    ...(places === undefined
      ? {}
      : {
          places: namesIn(places, placeSchema, 'Name places as the plan does: storage:nas, target:offsite.'),
        }),
    ...(guests === undefined
      ? {}
      : { guests: namesIn(guests, guestAddressSchema, 'Name guests as NODE/VMID: baobab/100.') }),
  };
}

function namesIn(
  list: string,
  schema: { safeParse(name: string): { success: boolean } },
  next: string,
): string[] {
  const names = list.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !schema.safeParse(name).success);
  if (wrong !== undefined) throw inputInvalid(`${wrong === '' ? 'An empty name' : wrong} is none.`, next);
  return names;
}

/** Without a person and without --yes nothing is removed; said before any place is looked at. */
function refuseToGuess(context: CommandContext): void {
  if (context.options.yes === true || canAsk(context)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: 'A prune removes archives, and there is no terminal to ask on.',
    state: 'No archive was removed.',
    next: 'Look at it with `sifaka backups prune --plan`, then run it with --yes.',
  });
}

/** The number of archives, which nobody types by mistake; typed after the question stands there. */
async function confirmInWords(context: CommandContext, { plan }: PlannedPrune): Promise<void> {
  if (context.options.yes === true) return;
  await forgetTypedAhead(context);
  const answer = await ask(context, pruneQuestion(plan));
  if (answer.trim() === String(plan.removes)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: `That was not ${plan.removes}.`,
    state: 'No archive was removed.',
    next: 'Start again and type how many archives are to go, or give --yes.',
  });
}
