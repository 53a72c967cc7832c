/**
 * A Markdown text as its blocks: what is a heading, what is code, what is neither. No more of CommonMark than it takes to
 * find those as other programs do; what is within a line stays as it is written, but for backslashes before punctuation.
 * Nothing in it becomes markup: whoever shows a block shows text.
 */
export type MarkdownBlock = {
  /** Lines of the text, counted from 0; `end` is the one behind the last. */
  readonly start: number;
  readonly end: number;
} & (
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  /** `closed` is false when the text ended first: all that would be added belonged to it. */
  | { readonly kind: 'code'; readonly text: string; readonly closed: boolean }
  | { readonly kind: 'comment'; readonly text: string; readonly closed: boolean }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
);

export function markdownLines(text: string): string[] {
  return text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
}

export function markdownBlocks(text: string): MarkdownBlock[] {
  const lines = markdownLines(text);
  const blocks: MarkdownBlock[] = [];
  let paragraph: string[] = [];
  const endParagraph = (end: number) => {
    if (paragraph.length > 0) blocks.push(textBlock(paragraph, end));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const block = codeAt(lines, at) ?? commentAt(lines, at) ?? headingAt(line, at);
    if (block !== undefined) {
      endParagraph(at);
      blocks.push(block);
      at = block.end;
      continue;
    }
    const level = paragraph.length === 1 ? underlineLevel(line) : undefined;
    if (level !== undefined && !isListItem(paragraph[0] ?? '')) {
      blocks.push({ kind: 'heading', level, text: plain(paragraph[0] ?? ''), start: at - 1, end: at + 1 });
      paragraph = [];
    } else if (line.trim() === '') endParagraph(at);
    else paragraph.push(line);
    at += 1;
  }
  endParagraph(lines.length);
  return blocks;
}

function codeAt(lines: readonly string[], start: number): MarkdownBlock | undefined {
  const [, fence = '', info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(lines[start] ?? '') ?? [];
  if (fence === '' || (fence.startsWith('`') && info.includes('`'))) return undefined;
  const isEnd = (line: string) => {
    const found = line.trim();
    return (
      found.length >= fence.length &&
      found === fence.charAt(0).repeat(found.length) &&
      !/^ {4}|^ {0,3}\t/.test(line)
    );
  };
  const last = indexFrom(lines, start + 1, isEnd);
  const closed = last < lines.length;
  const text = lines.slice(start + 1, last).join('\n');
  return { kind: 'code', text, closed, start, end: closed ? last + 1 : last };
}

function commentAt(lines: readonly string[], start: number): MarkdownBlock | undefined {
  if (!/^ {0,3}<!--/.test(lines[start] ?? '')) return undefined;
  const last = indexFrom(lines, start, (line) => line.includes('-->'));
  const closed = last < lines.length;
  const end = closed ? last + 1 : last;
  return { kind: 'comment', text: lines.slice(start, end).join('\n'), closed, start, end };
}

/** The first line from there on that is one; the number of lines when none is. */
function indexFrom(lines: readonly string[], start: number, isOne: (line: string) => boolean): number {
  let at = start;
  while (at < lines.length && !isOne(lines[at] ?? '')) at += 1;
  return at;
}

function headingAt(line: string, start: number): MarkdownBlock | undefined {
  const [whole = '', marks = ''] = /^ {0,3}(#{1,6})(?=[ \t]|$)/.exec(line) ?? [];
  if (marks === '') return undefined;
  const text = withoutClosingMarks(line.slice(whole.length).trim());
  return { kind: 'heading', level: marks.length, text: plain(text), start, end: start + 1 };
}

/** `## Summary ##` is the heading “Summary”. */
function withoutClosingMarks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === '#') end -= 1;
  if (end === 0) return '';
  return /[ \t]/.test(text.charAt(end - 1)) ? text.slice(0, end).trim() : text;
}

/** The level of the heading that a line of `=` or `-` makes of the line above it. */
function underlineLevel(line: string): 1 | 2 | undefined {
  if (/^ {4}/.test(line)) return undefined;
  const marks = line.trim();
  if (marks === '') return undefined;
  if (marks === '='.repeat(marks.length)) return 1;
  return marks === '-'.repeat(marks.length) ? 2 : undefined;
}

function isListItem(line: string): boolean {
  return /^ {0,3}(?:[-+*]|\d{1,9}[.)])[ \t]/.test(line);
}

function textBlock(lines: readonly string[], end: number): MarkdownBlock {
  const start = end - lines.length;
  if (lines.every(isListItem)) {
    const items = lines.map((line) => plain(line.replace(/^ *(?:[-+*]|\d{1,9}[.)])[ \t]+/, '').trim()));
    return { kind: 'list', items, start, end };
  }
  return { kind: 'text', text: plain(lines.join('\n')), start, end };
}

/** Without the backslashes that keep punctuation from being markup. */
function plain(text: string): string {
  return text.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
}
