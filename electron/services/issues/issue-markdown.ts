import { longestIssueTitle } from '../../../shared/schemas/issue.ts';
import { markdownText } from '../lab/markdown-text.ts';
import { onOneLine } from '../lab/plain-text.ts';
import { withoutSecrets } from '../redact-secrets.ts';

/** What a node, a program or a file said, as it said it. */
export interface Evidence {
  /** Where it is from, as in “baobab: bridge link”. */
  readonly title: string;
  readonly text: string;
}

/** Text is shown as it is, never as markup; a list is one of points. */
export type IssueText = string | readonly string[];

/** UTF-16 units. All sections of an issue together stay well below what is read of one, whatever their bytes. */
const longestText = 8192;
const longestLine = 2000;
const longestEvidence = 65_536;
const mostEvidence = 131_072;

/** Paragraphs or a list. An empty text is empty. */
export function issueText(text: IssueText): string {
  if (typeof text !== 'string') return listOf(text);
  const { shown, left } = cut(withoutSecrets(text), longestText);
  const lines = shown.split(/\r\n|\n|\r/).map(line);
  if (left > 0) lines.push(`… cut: ${left} further characters.`);
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function listOf(points: readonly string[]): string {
  const items: string[] = [];
  let room = longestText;
  for (const point of points) {
    const item = line(withoutSecrets(point));
    room -= item.length;
    if (room < 0) {
      items.push(`- … and ${points.length - items.length} more.`);
      break;
    }
    items.push(`- ${item}`);
  }
  return items.join('\n');
}

/** Each as code below its title. What looks like a secret is taken out: an issue is committed and read by others. */
export function evidenceText(evidence: readonly Evidence[]): string {
  let room = mostEvidence;
  const blocks: string[] = [];
  for (const { title, text } of evidence) {
    const { shown, left } = cut(withoutSecrets(printed(text)), Math.min(longestEvidence, room));
    room -= shown.length;
    if (shown === '' && left > 0) {
      blocks.push('Further evidence was left out: there is more than an issue holds.');
      break;
    }
    blocks.push(`${line(title) || 'Evidence'}:`, fenced(shown));
    if (left > 0) blocks.push(`… cut: ${left} further characters.`);
  }
  return blocks.join('\n\n');
}

/** cmark-gfm, and with it GitHub, counts the backticks of a fence in a byte: a fence of 257 ends at a run of one. */
const longestRun = 100;

/** In a fence that is longer than any within, so that nothing in the text can end it. */
function fenced(text: string): string {
  const shown = text
    .trimEnd()
    .replaceAll(/`+/g, (run) => (run.length > longestRun ? `${run.slice(0, longestRun)}…` : run));
  const fence = '`'.repeat(Math.max(3, ...(shown.match(/`+/g) ?? []).map(({ length }) => length + 1)));
  return `${fence}text\n${shown}\n${fence}`;
}

/** Without what moves a terminal, hides or reverses: control and format characters, other ends of a line. */
function printed(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n|\r|\u2028|\u2029/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll(hidden, '');
}

/** Format characters: of no width, or of another direction. */
const hidden = /\p{Cf}/gu;

/** The title of an issue, on one line. */
export function issueTitle(text: string): string {
  return onOneLine(withoutHidden(withoutSecrets(text)), longestIssueTitle);
}

function withoutHidden(text: string): string {
  return text.replaceAll(hidden, '');
}

/** One line that begins nothing: no list, heading or underline of one. */
function line(text: string): string {
  return markdownText(withoutHidden(text), longestLine)
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2');
}

/** Never through the middle of a character. */
function cut(text: string, limit: number): { shown: string; left: number } {
  if (text.length <= limit) return { shown: text, left: 0 };
  const shown = text.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
  return { shown, left: text.length - shown.length };
}
