import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import type { AgentState, PlannedAgent } from '../../../shared/schemas/backup-plans.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { ask, canAsk, forgetTypedAhead } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { agentPlanText, agentsText, isChangingAgent } from '../text/backup-agent-text.ts';

interface NodesOption {
  readonly nodes?: string;
}

export function addBackupAgentCommands(backups: Command, run: RunCommand): void {
  const agent = backups
    .command('agent')
    .description("the program on the nodes that makes their guests' backups by itself, by the policy");

  agent
    .command('status')
    .description('how the agent of each node stands, by its own word; exit code 1 if one is not in order')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const nodes = await asking(context, () =>
            client.backups.agents(undefined, { signal: context.interrupts.signal }),
          );
          return statesResult(context, nodes, nodes);
        }),
      ),
    );

  nodesOption(
    agent.command('plan').description('what a deploy of the agent would change on each node, file by file'),
  ).action((options: NodesOption, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) => {
        const planned = await plan(context, client, options, false);
        const isRefused = planned.plan.nodes.some(({ refusal }) => refusal !== undefined);
        const next =
          isRefused || !isChangingAgent(planned.plan)
            ? ''
            : '\n\nNothing was changed. Next: sifaka backups agent deploy';
        const text = `${agentPlanText(planned, columnsOf(context))}${next}`;
        return { report: planned, text, exitCode: isRefused ? 3 : 0 };
      }),
    ),
  );

  nodesOption(
    agent
      .command('deploy')
      .description(
        'put the agent onto the nodes, as the policy says it shall be: each takes it back by itself unless it is proven and confirmed; Ctrl-C takes it back at once',
      ),
  ).action((options: NodesOption, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', ({ client }) => deploy(context, client, options, false)),
    ),
  );

  nodesOption(
    agent.command('remove').description('take the agent away from the nodes; what it made and told of stays'),
  ).action((options: NodesOption, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', ({ client }) => deploy(context, client, options, true)),
    ),
  );

  nodesOption(
    agent
      .command('collect')
      .description('take in what the agents did since last time: records, and lines in the logbook'),
  ).action((options: NodesOption, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) => {
        const { signal } = context.interrupts;
        const found = await asking(context, () => client.backups.collect(nodesOf(options), { signal }));
        const taken = found.collected === 1 ? '1 backup was' : `${found.collected} backups were`;
        const states = statesResult(context, found, found.nodes, `${taken} taken in.`);
        if (found.jobId === undefined) return states;
        const report = await runJob(context, client, found.jobId);
        return { ...states, report: { ...found, report } };
      }),
    ),
  );
}

function nodesOption(command: Command): Command {
  return command.option('--nodes <names>', 'only these, parted by commas');
}

/** INPUT_INVALID for a list without a name. */
function nodesOf({ nodes }: NodesOption): { nodes?: string[] } {
  if (nodes === undefined) return {};
  const names = nodes.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw inputInvalid('--nodes has an empty name in it.', 'Write it as in --nodes baobab,ebony.');
  return { nodes: names };
}

/** Plans, shows the plan, asks, and follows the job to its end. */
async function deploy(
  context: CommandContext,
  client: SifakaClient,
  options: NodesOption,
  remove: boolean,
): Promise<CommandResult> {
  refuseToGuess(context);
  const planned = await plan(context, client, options, remove);
  const { output, interrupts } = context;
  if (output.json) output.event({ type: 'plan', ...planned });
  if (output.showsProgress) output.say(`${agentPlanText(planned, columnsOf(context))}\n`);
  const isRefused = planned.plan.nodes.some(({ refusal }) => refusal !== undefined);
  if (!isRefused && isChangingAgent(planned.plan)) await confirmInWords(context, planned, remove);
  interrupts.signal.throwIfAborted();
  const { confirmation } = await client.backups.confirm({ planDigest: planned.digest });
  const { jobId } = await client.backups.deployAgent({ planDigest: planned.digest, confirmation });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'backup-agent-deploy') throw new Error(`a deploy reported ${report.kind}`);
  return { report, text: agentsText(report.nodes, context.now()) };
}

function plan(
  context: CommandContext,
  client: SifakaClient,
  options: NodesOption,
  remove: boolean,
): Promise<PlannedAgent> {
  const { signal } = context.interrupts;
  return asking(context, () => client.backups.planAgent({ ...nodesOf(options), remove }, { signal }));
}

async function asking<Answer>({ output }: CommandContext, question: () => Promise<Answer>): Promise<Answer> {
  if (output.showsProgress) output.statusLine('Asking the nodes …');
  try {
    return await question();
  } finally {
    output.statusLine(undefined);
  }
}

function statesResult(
  context: CommandContext,
  report: unknown,
  nodes: readonly AgentState[],
  first?: string,
): CommandResult {
  const isInOrder = nodes.every(({ state, problem, older }) => {
    return state === 'current' && problem === undefined && older === undefined;
  });
  const text = [...(first === undefined ? [] : [first]), agentsText(nodes, context.now())].join('\n\n');
  return { report, text, exitCode: isInOrder ? 0 : 1 };
}

/** Without a person and without --yes nothing is changed; said before any node is asked. */
function refuseToGuess(context: CommandContext): void {
  if (context.options.yes === true || canAsk(context)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: 'This changes what runs on the nodes, and there is no terminal to ask on.',
    state: 'Nothing was changed on any node.',
    next: 'Look at it with `sifaka backups agent plan`, then run it with --yes.',
  });
}

/** The nodes' names, which nobody types by mistake; typed after the question stands there. */
async function confirmInWords(
  context: CommandContext,
  { plan: { nodes } }: PlannedAgent,
  remove: boolean,
): Promise<void> {
  if (context.options.yes === true) return;
  await forgetTypedAhead(context);
  const changed = nodes.filter(({ action }) => action !== 'nothing').map(({ node }) => node);
  const word = changed.join(' ');
  const what = remove ? 'remove the agent there' : 'deploy the agent there';
  const answer = await ask(context, `Type ${terminalText(word)} to ${what}: `);
  if (answer.trim().replaceAll(/\s+/g, ' ') === word) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: `That was not ${word}.`,
    state: 'Nothing was changed on any node.',
    next: 'Start again and type the names of the nodes, or give --yes.',
  });
}

function columnsOf({ output: { results } }: CommandContext): number {
  return results.isTTY === true ? results.columns || 80 : Number.POSITIVE_INFINITY;
}
