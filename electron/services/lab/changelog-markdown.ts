import { lineEndOf } from './lab-document.ts';
import { markdownText } from './markdown-text.ts';

/**
 * `CHANGELOG.md` at the lab's root: one line per entry of the logbook, added at the end and never changed:
 *
 *     - **2026-11-21T09:00:00.000Z** cards: Burned the card of titan-13 (new disk) ISSUE-2026-001 `6f1c…`
 *
 * Time, project, summary, reason, issue and, as code, the id. What people wrote in the file stays as it is.
 */

const heading = '## Logbook';
const introduction =
  'One line per change made with Sifaka, added at the end. The last word of a line is the id of its entry.';
const entryLine = /^- \*\*.*`([^`\r\n]+)`[ \t]*$/gm;

/** Ids of the entries a text has lines for, as `markdownId` writes them. */
export function idsInMarkdown(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(entryLine), (match) => match[1] ?? ''));
}

/** An id without anything that could end a code span or a line. */
export function markdownId(id: string): string {
  return id.toWellFormed().replaceAll(/[^A-Za-z0-9._:@+/=-]/gu, (character) => encodeURIComponent(character));
}

/** The text with a line for each entry at its end. Entries may be of other tools, so nothing about them is sure. */
export function withMarkdownLines(
  text: string | undefined,
  entries: readonly Readonly<Record<string, unknown>>[],
): string {
  if (entries.length === 0 && text !== undefined) return text;
  const end = text === undefined ? '\n' : lineEndOf(text);
  const lines = entries.map((entry) => `${markdownLine(entry)}${end}`).join('');
  return `${before(text, end)}${lines}`;
}

/** The text, ended so that a list item can follow. */
function before(text: string | undefined, end: string): string {
  const start = `${heading}${end}${end}${introduction}${end}${end}`;
  if (text === undefined || text.trim() === '') return `# Changelog${end}${end}${start}`;
  const whole = text.endsWith('\n') ? text : `${text}${end}`;
  if (idsInMarkdown(text).size === 0 && !text.includes(heading)) return `${whole}${end}${start}`;
  const lastLine = whole.trimEnd().split('\n').at(-1) ?? '';
  const inList = lastLine.startsWith('- **') || /\n\r?\n$/.test(whole);
  return inList ? whole : `${whole}${end}`;
}

function markdownLine(entry: Readonly<Record<string, unknown>>): string {
  const reason = textOf(entry['reason']);
  const issue = textOf(entry['issue']);
  return [
    `- **${textOf(entry['timestamp'])}** ${textOf(entry['project'])}: ${textOf(entry['summary'])}`,
    ...(reason === '' ? [] : [`(${reason})`]),
    ...(issue === '' ? [] : [issue]),
    `\`${markdownId(String(entry['id']))}\``,
  ].join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? markdownText(value, 2000) : '';
}
