import { type Command, Option } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { BridgeCheck } from '../../../shared/schemas/bridge.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { namesIn } from './bridge-plan.ts';
import { checkHistoryText, checkText, timerText } from '../text/bridge-check-text.ts';

interface CheckOptions {
  readonly nodes?: string;
  readonly throughput?: boolean;
  readonly openIssue?: boolean;
  readonly scheduled?: boolean;
}

export function addBridgeCheckCommands(bridge: Command, run: RunCommand): void {
  bridge
    .command('check')
    .description(
      'send full frames between all pairs of nodes, both ways, and say what is wrong; exit code 1 then',
    )
    .option('--nodes <names>', 'only these, parted by commas, and the pairs among them')
    .option('--throughput', 'measure each pair with iperf3, too: three seconds for each direction')
    .option('--open-issue', 'when something is found, open an issue of the lab with the evidence')
    .addOption(new Option('--scheduled', 'asked by a timer').hideHelp())
    .action((options: CheckOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) => checkBridge(context, client, options)),
      ),
    );

  bridge
    .command('checks')
    .description('the checks that were made on this machine, newest first')
    .option('--limit <number>', 'how many', '20')
    .action(({ limit }: { limit: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 200)
            throw inputInvalid(`${limit} is not a number from 1 to 200.`, 'Say how many checks to show.');
          const checks = await client.bridge.checks({ limit: Number(limit) });
          return { report: checks, text: checkHistoryText(checks, context.now()) };
        }),
      ),
    );

  const timer = bridge
    .command('timer')
    .description('a timer of your own systemd on this machine that checks while nobody has the app open');
  timer
    .command('install')
    .description('make it, or change how often it checks')
    .option('--every <minutes>', 'from 1 to 10080', '15')
    .action(({ every }: { every: string }, command: Command) =>
      run(command, (context) => setTimer(context, minutesIn(every))),
    );
  timer
    .command('remove')
    .description('take it away')
    .action((_options, command: Command) => run(command, (context) => setTimer(context, null)));
  timer
    .command('status')
    .description('whether there is one, and whether it runs while you are logged out')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const status = await client.bridge.timer();
          return { report: status, text: timerText(status) };
        }),
      ),
    );
}

function setTimer(context: CommandContext, everyMinutes: number | null): Promise<CommandResult> {
  return withSession(context, 'lab', async ({ client }) => {
    const status = await client.bridge.setTimer({ everyMinutes });
    return { report: status, text: timerText(status) };
  });
}

function minutesIn(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 10_080) return Number(text);
  throw inputInvalid(
    `${text} is not a number of minutes.`,
    'Give a number from 1 to 10080, which is a week.',
  );
}

async function checkBridge(
  context: CommandContext,
  client: SifakaClient,
  { nodes, throughput = false, openIssue = false, scheduled = false }: CheckOptions,
): Promise<CommandResult> {
  const { jobId } = await client.bridge.check({
    ...(nodes === undefined ? {} : { nodes: namesIn(nodes) }),
    throughput,
    scheduled,
  });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'bridge-check') throw new Error(`a check of the bridge reported ${report.kind}`);
  const { check } = report;
  const result = { report: check, text: checkText(check), exitCode: check.passed ? 0 : 1 };
  if (!openIssue) return result;
  const opened = await openIssueFor(context, client, check);
  if (opened === undefined) return result;
  return {
    ...result,
    report: { ...check, issue: opened },
    text: `${result.text}\n\n${terminalText(`Opened ${opened.id}: ${opened.file}`)}`,
  };
}

async function openIssueFor(
  { interrupts }: CommandContext,
  client: SifakaClient,
  { id, findings }: BridgeCheck,
): Promise<{ id: string; file: string } | undefined> {
  if (findings.length === 0) return undefined;
  return client.bridge.openIssue({ check: id }, { signal: interrupts.signal });
}
