import type { Command } from 'commander';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import { problemExitCodes } from '../../../shared/problem.ts';
import { terminalLines, terminalText } from '../../../shared/terminal-text.ts';
import { formatQuantity } from '../../../shared/quantities.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { sealRandomSecrets } from '../random-secrets.ts';
import { withIdentity, withLab, withSession } from '../session.ts';
import { factsText } from '../text/table.ts';

export function addLabCommands(program: Command, run: RunCommand): void {
  const lab = program.command('lab').description('the lab folder: check it, read it, change it');

  lab
    .command('check')
    .description('read every file and name what is wrong, with file, line and fix')
    .action((_options, command: Command) => run(command, checkLab));

  lab
    .command('get <file> [pointer]')
    .description('a value of a lab file, as in: get metis/inventory.yaml /nodes/titan-13/class')
    .action((file: string, pointer: string | undefined, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const { value, digest } = await client.lab.get({ file, pointer: pointer ?? '' });
          const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
          return { report: { file, pointer: pointer ?? '', value, digest }, text: terminalLines(text) };
        }),
      ),
    );

  lab
    .command('set <file> <pointer> <value>')
    .description('set one value, keeping comments; VALUE is JSON if it can be read as such, else text')
    .option('--text', 'take VALUE as text even if it looks like JSON')
    .option(
      '--digest <sha256>',
      'refuse if the file is no longer the one with this digest (lab get --json shows it)',
    )
    .option('--reason <text>', 'why, for the logbook')
    .action(
      (
        file: string,
        pointer: string,
        value: string,
        options: { text?: boolean; digest?: string; reason?: string },
        command: Command,
      ) =>
        run(command, (context) =>
          withSession(context, 'lab', async ({ client }) => {
            const { digest } = await client.lab.set({
              file,
              pointer,
              value: options.text ? value : jsonOrText(value),
              ...(options.digest === undefined ? {} : { digest: options.digest }),
              ...(options.reason === undefined ? {} : { reason: options.reason }),
            });
            const text = `${terminalText(file)} has it now, and the logbook says so.`;
            return { report: { file, pointer, digest }, text };
          }),
        ),
    );

  lab
    .command('demo <folder>')
    .description('make a lab to try: inventory, image, and random secrets sealed for an identity of yours')
    .action((folder: string, _options, command: Command) =>
      run(command, (context) => makeDemoLab(context, folder)),
    );
}

async function checkLab(context: CommandContext): Promise<CommandResult> {
  return withSession(context, 'lab', async ({ client }) => {
    const [state, findings] = await Promise.all([client.lab.state(), client.lab.check()]);
    const wrong = findings.filter((finding) => !finding.ok);
    const lines = [`Lab ${state.name} in ${state.path}`].map(terminalText);
    if (!state.writable)
      lines.push(`Read-only: ${terminalText(state.readOnlyReason ?? 'it cannot be written')}`);
    lines.push('', ...findings.flatMap(findingLines), '');
    lines.push(
      wrong.length === 0
        ? `${formatQuantity(findings.length, 'file')} checked, all right.`
        : `${wrong.length} of ${formatQuantity(findings.length, 'file')} wrong.`,
    );
    return { report: { lab: state, findings }, text: lines.join('\n'), exitCode: worstExitCode(wrong) };
  });
}

function findingLines({ ok, file, kind, problem }: LabFinding): string[] {
  const head = `  ${ok ? 'ok   ' : 'WRONG'}  ${terminalText(file)}  (${terminalText(kind)})`;
  if (problem === undefined) return [head];
  const { where } = problem;
  const place = where === undefined ? [] : [where.file, where.line, where.column].filter(Boolean);
  return [
    head,
    `         ${terminalText(`${place.join(':')}${place.length > 0 ? ': ' : ''}${problem.what}`)}`,
    ...(problem.more ?? []).map((finding) => `         ${terminalText(finding)}`),
    `         fix: ${terminalText(problem.next)}`,
  ];
}

function worstExitCode(wrong: readonly LabFinding[]): number {
  return Math.max(
    0,
    ...wrong.map(({ problem }) => (problem === undefined ? 1 : problemExitCodes[problem.code])),
  );
}

function jsonOrText(value: string) {
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

async function makeDemoLab(context: CommandContext, folder: string): Promise<CommandResult> {
  if (folder === '') throw inputInvalid('The demo lab needs a folder.', 'Name one that does not exist yet.');
  const { path } = await withLab(context, undefined, ({ client }) =>
    client.lab.demo({ folder: context.absolutePath(folder) }),
  );
  return withLab(context, path, async (session) => {
    const { client } = session;
    const identity = await withIdentity(context, session, () => client.secrets.init({}));
    const sealed = await sealRandomSecrets(client);
    const nodes = await client.cards.nodes();
    const facts = factsText([
      ['nodes', nodes.map((node) => node.name).join(' ')],
      ['secrets', `${sealed.join(' ')}\nrandom, sealed for your identity`],
      [
        'identity',
        `${identity.file}${identity.created ? '\nmade just now; keep a copy, without it nobody opens the secrets' : ''}`,
      ],
    ]);
    const next = ['lab check', 'card build titan-13 --to titan-13.img'].map(
      (command) => `sifaka --lab ${path} ${command}`,
    );
    return {
      report: { path, sealed, identity },
      text: `A demo lab is in ${terminalText(path)}.\n\n${facts}\n\nNext (in a checkout, npx sifaka):\n${next.map((line) => `  ${terminalText(line)}`).join('\n')}`,
    };
  });
}
