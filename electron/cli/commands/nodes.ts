import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { NodeCheck } from '../../../shared/contract/nodes.ts';
import { Problem, problemExitCodes } from '../../../shared/problem.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { ask, canAsk } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { nodeChecksText, nodesText } from '../text/node-text.ts';

interface TrustOptions {
  readonly fingerprint?: string;
  readonly knownHosts?: string;
  readonly replace?: boolean;
}

/** Characters of a fingerprint's end that are enough: 72 bits, which nobody finds a key for. */
const enough = 12;

export function addNodeCommands(program: Command, run: RunCommand): void {
  const nodes = program
    .command('nodes')
    .description('the nodes of the cluster file: reach, trust and ask them');

  nodes
    .command('list')
    .description('which nodes there are, how each is reached, and whose host key is trusted')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const found = await client.nodes.list();
          return { report: found, text: nodesText(found) };
        }),
      ),
    );

  nodes
    .command('check [node...]')
    .description(
      'ask all nodes, or these, at the same time: who they are, and whether their host key is right',
    )
    .action((names: string[], _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) => checkNodes(context, client, names)),
      ),
    );

  nodes
    .command('trust <node>')
    .description('trust the host key of a node or jump host, after you compared it at its console')
    .option('--fingerprint <fingerprint>', 'as its console shows it, SHA256:…; else you are asked for it')
    .option('--known-hosts <file>', 'trust the keys that this known_hosts file has for it')
    .option('--replace', 'forget the key that was trusted before')
    .action((host: string, options: TrustOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) => trustNode(context, client, host, options)),
      ),
    );
}

async function checkNodes(
  context: CommandContext,
  client: SifakaClient,
  names: readonly string[],
): Promise<CommandResult> {
  const { signal } = context.interrupts;
  const checks = await client.nodes.check(names.length === 0 ? {} : { nodes: [...names] }, { signal });
  return { report: checks, text: nodeChecksText(checks), exitCode: exitCodeOf(checks) };
}

/** 3 when one of them may be somebody else, else 1 when one did not answer. */
function exitCodeOf(checks: readonly NodeCheck[]): number {
  const codes = checks.flatMap(({ problem }) => (problem ? [problemExitCodes[problem.code]] : []));
  return codes.includes(3) ? 3 : codes.length > 0 ? 1 : 0;
}

async function trustNode(
  context: CommandContext,
  client: SifakaClient,
  host: string,
  { fingerprint, knownHosts, replace = false }: TrustOptions,
): Promise<CommandResult> {
  if (fingerprint !== undefined && knownHosts !== undefined)
    throw inputInvalid('A fingerprint and a known_hosts file were both given.', 'Give one of them.');
  const { signal } = context.interrupts;
  const proof =
    knownHosts === undefined
      ? { fingerprint: fingerprint ?? (await askFingerprint(context, client, host, replace)) }
      : { knownHosts: await readKnownHosts(context, knownHosts) };
  const answer = await client.nodes.trust({ host, proof, replace }, { signal });
  const keys = answer.trusted.map(({ type, fingerprint: known }) => `  ${type}  ${known}`).join('\n');
  const what = answer.changed
    ? `The host key of ${host} is trusted now, in ${answer.file}:`
    : `The host key of ${host} was trusted already:`;
  return {
    report: answer,
    text: `${terminalText(what)}\n${keys}\n\nNext: sifaka nodes check ${terminalText(host)}`,
  };
}

/**
 * The operator types what the console shows, and is not shown beforehand what the network says: who only has to say yes
 * says it.
 */
async function askFingerprint(
  context: CommandContext,
  client: SifakaClient,
  host: string,
  replace: boolean,
): Promise<string> {
  const { signal } = context.interrupts;
  const { presented, state } = await client.nodes.hostKey({ host }, { signal });
  if (state === 'trusted') return presented.fingerprint;
  if (state === 'changed' && !replace) {
    // The router says what is wrong, in full.
    return presented.fingerprint;
  }
  if (!canAsk(context)) throw notCompared(host, presented);
  const kind = presented.type === 'ssh-ed25519' ? 'ed25519' : presented.type === 'ssh-rsa' ? 'rsa' : 'ecdsa';
  context.output.say(
    `At the console of ${terminalText(host)} run:  ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`,
  );
  const typed = (
    await ask(context, `Its fingerprint there, or the last ${enough} characters of it: `)
  ).trim();
  const end = typed.replace(/^SHA256:/, '');
  if (end.length >= enough && presented.fingerprint.endsWith(end)) return presented.fingerprint;
  throw new Problem('HOST_KEY_MISMATCH', {
    what: `What answers for ${host} has the ${presented.type} key ${presented.fingerprint}, which does not end with what was typed.`,
    state: 'Nothing was trusted.',
    next: 'Compare again. If the console shows another one, something else answers in its place.',
  });
}

function notCompared(host: string, presented: { type: string; fingerprint: string }): Problem {
  return new Problem('HOST_KEY_UNKNOWN', {
    what: `What answers for ${host} has the ${presented.type} key ${presented.fingerprint}, and nobody said that it was compared.`,
    state: 'Nothing was trusted.',
    next: `Compare it at the console of ${host}, then give it with --fingerprint, or give a known_hosts file that you trust with --known-hosts.`,
  });
}

async function readKnownHosts(context: CommandContext, file: string): Promise<string> {
  const path = context.absolutePath(file);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Problem(
      'INPUT_INVALID',
      {
        what: `The file ${path} cannot be read.`,
        state: 'Nothing was trusted.',
        next: 'Name a known_hosts file that you can read.',
      },
      { cause: error },
    );
  }
}
