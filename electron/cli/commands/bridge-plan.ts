import type { Command } from 'commander';
import { Option } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import { type BridgeRequest, deployModeSchema, designNameSchema } from '../../../shared/schemas/bridge.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { nextText, planText } from '../text/bridge-plan-text.ts';
import { statusText } from '../text/bridge-status-text.ts';

export interface DeployOptions {
  readonly nodes?: string;
  readonly mode: string;
  readonly window: string;
}

export function addBridgePlanCommands(bridge: Command, run: RunCommand): void {
  deployOptions(
    bridge
      .command('plan [design]')
      .description(
        'what a deploy of a design (the newest unless named) would change on each node, without doing it; exit code 3 when it is refused',
      ),
  ).action((design: string | undefined, options: DeployOptions, command: Command) =>
    run(command, (context) =>
      withSession(context, 'lab', async ({ client }) =>
        planDeploy(context, client, await requestOf(client, design, options)),
      ),
    ),
  );

  bridge
    .command('status')
    .description('the bridge as it is on every node now; exit code 1 when a node does not answer')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const overview = await client.bridge.look(undefined, { signal: context.interrupts.signal });
          const isSilent = overview.nodes.some(({ problem }) => problem !== undefined);
          return { report: overview, text: statusText(overview), exitCode: isSilent ? 1 : 0 };
        }),
      ),
    );
}

/** What a plan and a deploy take. */
export function deployOptions(command: Command): Command {
  return command
    .option('--nodes <names>', 'only these, parted by commas; with canary the first goes first')
    .addOption(
      new Option('--mode <mode>', 'all at the same time, one after the other, or one before all others')
        .choices(deployModeSchema.options)
        .default('all'),
    )
    .option('--window <seconds>', 'until a node that is not confirmed takes everything back', '120');
}

/** DESIGN_UNKNOWN when the lab has none, INPUT_INVALID. */
export async function requestOf(
  client: SifakaClient,
  design: string | undefined,
  options: DeployOptions,
): Promise<BridgeRequest> {
  const name = design ?? (await newestDesign(client));
  if (!designNameSchema.safeParse(name).success)
    throw inputInvalid(`${name} is not the name of a design.`, 'Name a folder below deploy, as in attempt2.');
  return requestOfSource({ kind: 'design', name }, options);
}

/** What `--nodes` names, parted by commas, so that it does not take a design that is named behind it. */
export function namesIn(nodes: string): string[] {
  return nodes.split(',').map((node) => node.trim());
}

/** INPUT_INVALID. */
export function requestOfSource(
  source: BridgeRequest['source'],
  { nodes, mode, window }: DeployOptions,
): BridgeRequest {
  const windowSeconds = /^\d{1,4}$/.test(window) ? Number(window) : 0;
  if (windowSeconds < 30 || windowSeconds > 3600)
    throw inputInvalid(
      `${window} is no number of seconds from 30 to 3600.`,
      'Say how long a node shall wait.',
    );
  return {
    source,
    mode: deployModeSchema.parse(mode),
    windowSeconds,
    ...(nodes === undefined ? {} : { nodes: namesIn(nodes) }),
  };
}

async function newestDesign(client: SifakaClient): Promise<string> {
  const [newest] = await client.bridge.designs();
  if (newest !== undefined) return newest.name;
  throw new Problem('DESIGN_UNKNOWN', {
    what: 'The lab has no design of the bridge.',
    state: 'No node was asked.',
    next: 'Make one from the cluster file: sifaka bridge new-attempt',
  });
}

async function planDeploy(
  { output, interrupts }: CommandContext,
  client: SifakaClient,
  request: BridgeRequest,
): Promise<CommandResult> {
  if (output.showsProgress) output.statusLine('Asking the nodes …');
  try {
    const planned = await client.bridge.plan(request, { signal: interrupts.signal });
    const columns = output.results.isTTY === true ? output.results.columns || 80 : Number.POSITIVE_INFINITY;
    const exitCode = planned.plan.refusals.length > 0 ? 3 : 0;
    return { report: planned, text: `${planText(planned, columns)}${nextText(planned.plan)}`, exitCode };
  } finally {
    output.statusLine(undefined);
  }
}
