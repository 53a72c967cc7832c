import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';
import { issuesText, issueText } from '../text/issue-text.ts';

interface OpenOptions {
  readonly nodes?: string[];
  readonly check?: string;
  readonly reason?: string;
  readonly evidence?: string[];
  readonly summary?: string;
  readonly environment?: string;
  readonly steps?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly investigation?: string;
  readonly solution?: string;
  readonly related?: string;
}

/** Characters of one piece of evidence. */
const longestEvidence = 65_536;

export function addIssueCommands(program: Command, run: RunCommand): void {
  const issues = program
    .command('issues')
    .description('what is wrong in this lab, in files of its own that are closed with a proof or a note');

  issues
    .command('list')
    .description('newest first')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const found = await client.issues.list();
          return { report: found, text: issuesText(found, context.now()) };
        }),
      ),
    );

  issues
    .command('show <issue>')
    .description('one issue, as in ISSUE-2026-001')
    .action((id: string, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const issue = await client.issues.read({ id: id.toUpperCase() });
          return { report: issue, text: issueText(issue, context.now()) };
        }),
      ),
    );

  issues
    .command('open <title>')
    .description("write a new one from the lab's issues/TEMPLATE.md")
    .option('--nodes <names...>', 'the nodes it is about, parted by commas or blanks')
    .option('--check <check>', 'what must pass on all of them before it can be closed, as in bridge')
    .option('--summary <text>')
    .option('--environment <text>')
    .option('--steps <text>', 'how to see it')
    .option('--expected <text>', 'what should happen')
    .option('--actual <text>', 'what happens instead')
    .option('--evidence <file...>', 'files with what programs said; - is stdin')
    .option('--investigation <text>', 'what was looked at')
    .option('--solution <text>', 'what would mend it')
    .option('--related <text>', 'issues of the same cause')
    .option('--reason <text>', 'for the logbook')
    .action((title: string, options: OpenOptions, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', ({ client }) => openIssue(context, client, title, options)),
      ),
    );

  issues
    .command('close <issue>')
    .description('with a check, only when it passed on all its nodes since; without one, with a note')
    .option('--note <text>', 'what mended it, or why it no longer matters')
    .action((id: string, { note = '' }: { note?: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const issue = await client.issues.close({ id: id.toUpperCase(), note });
          const closed = `${issue.id ?? ''} is closed: ${terminalText(issue.file)}`;
          return { report: issue, text: closed };
        }),
      ),
    );
}

async function openIssue(
  context: CommandContext,
  client: SifakaClient,
  title: string,
  { nodes = [], check, reason, evidence: files = [], ...sections }: OpenOptions,
): Promise<CommandResult> {
  const evidence = [];
  for (const file of files) evidence.push(await readEvidence(context, file));
  const opened = await client.issues.open({
    title,
    nodes: nodes.flatMap((names) => names.split(',')),
    check,
    reason,
    sections: { ...sections, evidence },
  });
  return {
    report: opened,
    text: `${opened.id} is open: ${terminalText(opened.file)}\n\nNext: sifaka issues show ${opened.id}`,
  };
}

async function readEvidence(context: CommandContext, file: string): Promise<{ title: string; text: string }> {
  const isInput = file === '-';
  const text = isInput ? await readInput(context) : await readText(context, file);
  if (text.length <= longestEvidence)
    return { title: isInput ? 'stdin' : basename(file).slice(0, 200), text };
  throw new Problem('INPUT_INVALID', {
    what: `The evidence in ${isInput ? 'stdin' : file} is longer than ${longestEvidence} characters.`,
    state: 'No issue was opened.',
    next: 'Give the part that shows what is wrong.',
  });
}

async function readText(context: CommandContext, file: string): Promise<string> {
  const path = context.absolutePath(file);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Problem(
      'INPUT_INVALID',
      {
        what: `The file ${path} cannot be read.`,
        state: 'No issue was opened.',
        next: 'Name a file that you can read.',
      },
      { cause: error },
    );
  }
}

async function readInput({ input }: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    size += chunks.at(-1)?.length ?? 0;
    // In UTF-8 a character has four bytes at most; what is longer is refused by who reads it.
    if (size > 4 * longestEvidence) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
