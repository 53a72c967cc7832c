import type { Command } from 'commander';
import { Problem } from '../../../shared/problem.ts';
import type { PlannedCard, TargetRequest } from '../../../shared/schemas/card.ts';
import { canAsk } from '../ask.ts';
import { askToErase } from '../ask-to-erase.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { runJob } from '../follow-job.ts';
import type { OutputStream } from '../output.ts';
import { type Session, withIdentity, withSession } from '../session.ts';
import { evidenceText, nodesText, planText, receiptsText, receiptText } from '../text/card-text.ts';
import { driveOption, freeSpaceOption, type TargetOptions, targetOf } from './card-target.ts';

export function addCardCommands(program: Command, run: RunCommand): void {
  const card = program.command('card').description('recovery cards: plan, make and prove them');

  card
    .command('nodes')
    .description('the nodes of the inventory, and when each got its last card')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const nodes = await client.cards.nodes();
          return { report: nodes, text: nodesText(nodes, context.now()) };
        }),
      ),
    );

  card
    .command('plan <node>')
    .description('what a burn would erase and write, without doing it')
    .option(...driveOption)
    .option('--to <file>', 'a new image file')
    .addOption(freeSpaceOption())
    .action((node: string, options: TargetOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async (session) => {
          const planned = await plan(context, session, node, await targetOf(context, options));
          return { report: planned, text: planText(planned, columnsOf(context.output.results)) };
        }),
      ),
    );

  card
    .command('build <node>')
    .description('make the card as a new image file, verified')
    .requiredOption('--to <file>', 'where the image goes; must not exist yet')
    .action((node: string, options: { to: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async (session) => {
          const planned = await plan(context, session, node, await targetOf(context, options));
          show(context, planned);
          return make(context, session, planned);
        }),
      ),
    );

  card
    .command('burn <node>')
    .description('erase a drive and make it the card of a node, verified')
    .requiredOption(...driveOption)
    .addOption(freeSpaceOption())
    .action((node: string, options: TargetOptions & { drive: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async (session) => {
          refuseToGuess(context, node, options.drive);
          const planned = await plan(context, session, node, await targetOf(context, options));
          show(context, planned);
          await confirmInWords(context, planned);
          return make(context, session, planned);
        }),
      ),
    );

  card
    .command('verify <node>')
    .description('read a card again and compare it with its receipt; good until the node first boots from it')
    .requiredOption(...driveOption)
    .action((node: string, options: { drive: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const { jobId } = await client.cards.verify({ node, target: await targetOf(context, options) });
          const report = await runJob(context, client, jobId);
          if (report.kind !== 'card-evidence') throw new Error(`a verify job reported ${report.kind}`);
          return {
            report: report.evidence,
            text: evidenceText(report.evidence, context.now()),
            exitCode: report.evidence.matches ? 0 : 1,
          };
        }),
      ),
    );

  card
    .command('receipts [node]')
    .description('the cards that were made, newest first')
    .action((node: string | undefined, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const receipts = await client.cards.receipts(node === undefined ? {} : { node });
          return { report: receipts, text: receiptsText(receipts, context.now()) };
        }),
      ),
    );
}

async function plan(
  context: CommandContext,
  session: Session,
  node: string,
  request: TargetRequest,
): Promise<PlannedCard> {
  const { interrupts, output } = context;
  if (output.showsProgress) output.statusLine('Reading the golden image …');
  try {
    return await withIdentity(context, session, () =>
      session.client.cards.plan({ node, target: request }, { signal: interrupts.signal }),
    );
  } finally {
    output.statusLine(undefined);
  }
}

function show({ output }: CommandContext, planned: PlannedCard): void {
  if (output.json) output.event({ type: 'plan', ...planned });
  if (output.showsProgress) output.say(`${planText(planned, columnsOf(output.errors))}\n`);
}

/** Without a person and without --yes nothing is erased; said before any work is done. */
function refuseToGuess(context: CommandContext, node: string, drive: string): void {
  if (context.options.yes === true || canAsk(context)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: 'A burn erases its target, and there is no terminal to ask on.',
    state: 'Nothing was written.',
    next: `Look at it with \`sifaka card plan ${node} --drive ${drive}\`, then burn with --yes.`,
  });
}

async function confirmInWords(context: CommandContext, planned: PlannedCard): Promise<void> {
  if (context.options.yes === true || (await askToErase(context, planned.plan))) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: `That was not ${planned.plan.node}.`,
    state: 'Nothing was written.',
    next: 'Start again and type the name of the node, or give --yes.',
  });
}

async function make(
  context: CommandContext,
  { client }: Session,
  { plan: { node }, digest }: PlannedCard,
): Promise<CommandResult> {
  context.interrupts.signal.throwIfAborted();
  const { confirmation } = await client.cards.confirm({ planDigest: digest });
  const { jobId } = await client.cards.burn({ planDigest: digest, confirmation });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'card') throw new Error(`the job of the card of ${node} reported ${report.kind}`);
  const columns = columnsOf(context.output.results);
  return { report: report.receipt, text: receiptText(report.receipt, context.now(), columns) };
}

/** Of a terminal; a file or a pipe has no end of the line. */
function columnsOf(stream: OutputStream): number {
  return stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY;
}
