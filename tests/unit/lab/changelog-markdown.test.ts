import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idsInMarkdown,
  markdownId,
  withMarkdownLines,
} from '../../../electron/services/lab/changelog-markdown.ts';

const entry = {
  id: 'one',
  timestamp: '2026-11-21T09:00:00Z',
  project: 'cards',
  summary: 'Burned titan-13',
  reason: 'new disk',
  issue: null,
};
const line = '- **2026-11-21T09:00:00Z** cards: Burned titan-13 (new disk) `one`\n';

describe('CHANGELOG.md', () => {
  it('begins with a heading and says what the lines are', () => {
    expect(withMarkdownLines(undefined, [entry])).toMatch(
      /^# Changelog\n\n## Logbook\n\nOne line per change.*\n\n- \*\*/,
    );
  });

  it('keeps what people wrote, and adds at the end', () => {
    const text = '# Changes\n\n- mine, with `code`\n';
    const once = withMarkdownLines(text, [entry]);
    expect(once.startsWith(`${text}\n## Logbook\n`)).toBe(true);
    expect(withMarkdownLines(once, [{ ...entry, id: 'two' }])).toBe(once + line.replace('one', 'two'));
    const more = `${once}\nA word of mine, without a line end`;
    expect(withMarkdownLines(more, [{ ...entry, id: 'two' }])).toBe(
      `${more}\n\n${line.replace('one', 'two')}`,
    );
    expect(withMarkdownLines(text, [])).toBe(text);
  });

  it('keeps CRLF', () => {
    const text = withMarkdownLines('# Changes\r\n', [
      entry,
      { ...entry, id: 'two', issue: 'ISSUE-2026-001' },
    ]);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect([...idsInMarkdown(text)]).toEqual(['one', 'two']);
  });

  it('shows marks of Markdown and HTML as what they are', () => {
    const summary =
      '<script>x</script> [a](javascript:b) ![i](u) **b** _c_ `d` &lt; @team #1 https://evil.example www.evil.example a|b ~~s~~';
    const text = withMarkdownLines('', [{ ...entry, summary, reason: '\n# Heading\n- item', project: '*' }]);
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    expect(last).toContain(
      '\\<script\\>x\\</script\\> \\[a\\](javascript:b) \\!\\[i\\](u) \\*\\*b\\*\\* \\_c\\_ \\`d\\` \\&lt; \\@team \\#1 https\\://evil.example www\\.evil.example a\\|b \\~\\~s\\~\\~ (\\# Heading - item)',
    );
  });

  it('has one line per entry, found again by its id, whatever is in the entry', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('`', '\n', '\r', '*', '-', ' ', '\u2028', '\\', '#'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(
        fc.record({
          id: text.filter((id) => id !== ''),
          timestamp: text,
          project: text,
          summary: text,
          reason: text,
          issue: text,
        }),
        (fresh) => {
          const before = withMarkdownLines(undefined, [entry]);
          const after = withMarkdownLines(before, [fresh]);
          expect(after.startsWith(before)).toBe(true);
          expect(after.slice(before.length).split('\n')).toHaveLength(2);
          expect([...idsInMarkdown(after)]).toEqual([...new Set(['one', markdownId(fresh.id)])]);
        },
      ),
    );
  });

  it('writes different ids differently', () => {
    const id = fc.string({ unit: fc.constantFrom('`', '%', '6', '0', 'a', '\n', ' ', 'é') });
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(markdownId(a) === markdownId(b)).toBe(a === b);
      }),
    );
  });
});
