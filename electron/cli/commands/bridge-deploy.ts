import { type Command, Option } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import type { BridgeRequest, PlannedBridge } from '../../../shared/schemas/bridge.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { ask, canAsk, forgetTypedAhead } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { runJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { checkText } from '../text/bridge-check-text.ts';
import { planText } from '../text/bridge-plan-text.ts';
import { deployedText, deploysText } from '../text/bridge-text.ts';
import { type DeployOptions, deployOptions, requestOf, requestOfSource } from './bridge-plan.ts';

export function addBridgeDeployCommands(bridge: Command, run: RunCommand): void {
  deployOptions(
    bridge
      .command('deploy [design]')
      .description(
        'put a design (the newest unless named) onto the nodes: each takes it back by itself unless it is proven and confirmed; Ctrl-C takes it back at once',
      ),
  ).action((design: string | undefined, options: DeployOptions, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) => {
        refuseToGuess(context, 'sifaka bridge plan');
        return deploy(context, client, await requestOf(client, design, options));
      }),
    ),
  );

  deployOptions(
    bridge
      .command('rollback [deploy]')
      .description(
        'go back to what an earlier deploy put in place; unless one is named, to what there was before the newest that was confirmed',
      ),
  ).action((id: string | undefined, options: DeployOptions, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) => {
        refuseToGuess(context, 'sifaka bridge deploys');
        return deploy(context, client, requestOfSource(await rollbackSource(client, id), options));
      }),
    ),
  );

  bridge
    .command('converge')
    .description(
      'end a deploy that was split or cut off: ask every node what it has, and bring all to the same',
    )
    .addOption(
      new Option('--to <state>', 'the new state, or the old; else the new one if some node keeps it').choices(
        ['new', 'old'],
      ),
    )
    .action((options: { to?: 'new' | 'old' }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) => converge(context, client, options.to)),
      ),
    );

  bridge
    .command('deploys')
    .description('the deploys of this lab, newest first, and what each node kept')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const [deploys, jobs] = await Promise.all([client.bridge.deploys(), client.jobs.list()]);
          const running = new Set(jobs.filter(({ state }) => state === 'running').map(({ id }) => id));
          return { report: deploys, text: deploysText(deploys, running, context.now()) };
        }),
      ),
    );
}

/** Plans, shows the plan, asks, and follows the job to its end. */
async function deploy(
  context: CommandContext,
  client: SifakaClient,
  request: BridgeRequest,
): Promise<CommandResult> {
  const planned = await planDeploy(context, client, request);
  const { plan, digest } = planned;
  const columns = columnsOf(context);
  if (context.output.json) context.output.event({ type: 'plan', ...planned });
  if (context.output.showsProgress) context.output.say(`${planText(planned, columns)}\n`);
  const isChanging = plan.nodes.some(({ files, live }) => files.length + live.length > 0);
  if (plan.refusals.length === 0 && isChanging) await confirmInWords(context, planned);
  context.interrupts.signal.throwIfAborted();
  const { confirmation } = await client.bridge.confirm({ planDigest: digest });
  const { jobId } = await client.bridge.deploy({ planDigest: digest, confirmation });
  const report = await runJob(context, client, jobId);
  if (report.kind !== 'bridge-deploy') throw new Error(`a deploy reported ${report.kind}`);
  const proof = report.check === undefined ? '' : `\n\n${checkText(report.check)}`;
  const ended = isChanging
    ? deployedText(report.deploy)
    : 'Nothing was changed: every node had all of it already.';
  return { report, text: `${ended}${proof}` };
}

async function planDeploy(
  { output, interrupts }: CommandContext,
  client: SifakaClient,
  request: BridgeRequest,
): Promise<PlannedBridge> {
  if (output.showsProgress) output.statusLine('Asking the nodes …');
  try {
    return await client.bridge.plan(request, { signal: interrupts.signal });
  } finally {
    output.statusLine(undefined);
  }
}

/** Of the newest confirmed deploy what it found, or of a named one what it put there. DEPLOY_UNKNOWN. */
async function rollbackSource(
  client: SifakaClient,
  id: string | undefined,
): Promise<Extract<BridgeRequest['source'], { kind: 'deploy' }>> {
  const deploys = await client.bridge.deploys();
  if (id === undefined) {
    const newest = deploys.find(({ state }) => state === 'confirmed');
    if (newest !== undefined) return { kind: 'deploy', id: newest.id, state: 'before' };
    throw unknownDeploy('No deploy of this lab was confirmed.');
  }
  const found = deploys.filter((one) => one.id.startsWith(id));
  if (found[0] !== undefined && found.length === 1)
    return { kind: 'deploy', id: found[0].id, state: 'after' };
  throw unknownDeploy(`${found.length === 0 ? 'No' : 'More than one'} deploy of this lab is called ${id}.`);
}

async function converge(
  context: CommandContext,
  client: SifakaClient,
  to: 'new' | 'old' | undefined,
): Promise<CommandResult> {
  const { output, interrupts } = context;
  if (output.showsProgress) output.statusLine('Asking the nodes …');
  const settled = await client.bridge
    .converge(to === undefined ? {} : { to }, { signal: interrupts.signal })
    .finally(() => output.statusLine(undefined));
  const { request, deploy: record } = settled;
  const isUnknown = record.nodes.some(({ state }) => state === 'unknown');
  if (request === undefined)
    return { report: settled, text: deployedText(record), exitCode: isUnknown ? 1 : 0 };
  if (output.showsProgress) output.say(`${deployedText(record)}\n`);
  refuseToGuess(context, 'sifaka bridge deploys');
  return deploy(context, client, request);
}

/** Without a person and without --yes nothing is changed; said before any node is asked. */
function refuseToGuess(context: CommandContext, look: string): void {
  if (context.options.yes === true || canAsk(context)) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: 'A deploy changes the network of the nodes, and there is no terminal to ask on.',
    state: 'Nothing was changed on any node.',
    next: `Look at it with \`${look}\`, then run it with --yes.`,
  });
}

/** The name of the cluster, which nobody types by mistake; typed after the question stands there. */
async function confirmInWords(context: CommandContext, { plan }: PlannedBridge): Promise<void> {
  if (context.options.yes === true) return;
  await forgetTypedAhead(context);
  const answer = await ask(context, `Type ${terminalText(plan.cluster)} to deploy this: `);
  if (answer.trim() === plan.cluster) return;
  throw new Problem('CONFIRMATION_REQUIRED', {
    what: `That was not ${plan.cluster}.`,
    state: 'Nothing was changed on any node.',
    next: 'Start again and type the name of the cluster, or give --yes.',
  });
}

function unknownDeploy(what: string): Problem {
  const { data } = inputInvalid(what, '`sifaka bridge deploys` lists those there are.');
  return new Problem('DEPLOY_UNKNOWN', { ...data, what, state: 'No node was asked.' });
}

function columnsOf({ output: { results } }: CommandContext): number {
  return results.isTTY === true ? results.columns || 80 : Number.POSITIVE_INFINITY;
}
