import type { Issue, IssueList, IssueSummary } from '../../../shared/contract/issues.ts';
import { type MarkdownBlock, markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { formatAge } from '../../../shared/quantities.ts';
import { terminalLines, terminalText } from '../../../shared/terminal-text.ts';
import { factsText, indent, tableText } from './table.ts';
import { timeText } from './units.ts';
import { wrapped } from './wrap.ts';

const columns = 100;

export function issuesText({ issues, unread }: IssueList, now: Date): string {
  if (issues.length === 0) {
    return 'The lab has no issues. `sifaka issues open "what is wrong" --nodes NODE` writes the first one.';
  }
  const table = tableText(
    [{ title: 'ISSUE' }, { title: 'STATE' }, { title: 'OPENED' }, { title: 'NODES' }, { title: 'WHAT' }],
    issues.map((issue) => [
      issue.id ?? '-',
      issue.state === 'unknown' ? 'NOT KNOWN' : issue.state,
      issue.opened === undefined ? '-' : formatAge(new Date(issue.opened), now),
      issue.nodes.join(' ') || '-',
      issue.title,
    ]),
  );
  const older = unread === 0 ? [] : ['', `${unread} older files were not read.`];
  return [table, ...issues.flatMap(problemLines), ...older].join('\n');
}

/** Its text as blocks: nothing of it reaches the terminal as anything but characters to look at. */
export function issueText(issue: Issue, now: Date): string {
  const facts: [string, string][] = [
    ['state', issue.state === 'unknown' ? 'not known' : issue.state],
    ...(issue.opened === undefined ? [] : [['opened', timeText(issue.opened, now)] as [string, string]]),
    ...(issue.closed === undefined ? [] : [['closed', timeText(issue.closed, now)] as [string, string]]),
    ['nodes', issue.nodes.join(' ') || 'none'],
    ['check', issue.check ?? 'none: it is closed with a note'],
    ['file', issue.file],
  ];
  const title = issue.id === undefined ? issue.title : `${issue.id}: ${issue.title}`;
  const blocks = markdownBlocks(issue.text)
    .filter((block) => block.kind !== 'heading' || block.level !== 1 || block.text !== title)
    .map(blockText);
  return [
    terminalText(title),
    factsText(facts),
    ...problemLines(issue),
    ...blocks.map((text) => `\n${text}`),
  ].join('\n');
}

function problemLines({ file, problem }: IssueSummary): string[] {
  if (problem === undefined) return [];
  const lines = [problem.what, ...(problem.more ?? []), problem.next];
  const shown = lines.flatMap((line) => wrapped(terminalText(line), columns - 2)).map((line) => `  ${line}`);
  return ['', terminalText(file), ...shown];
}

function blockText(block: MarkdownBlock): string {
  if (block.kind === 'heading') return `${'#'.repeat(block.level)} ${terminalText(block.text)}`;
  if (block.kind === 'list') return block.items.map((item) => `- ${terminalText(item)}`).join('\n');
  if (block.kind === 'code') return indent(terminalLines(block.text), 4);
  return terminalLines(block.text);
}
