import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MarkdownBlock, markdownBlocks, markdownLines } from '../../../shared/markdown-blocks.ts';

/** Without the places of the lines. */
const blocksOf = (text: string) =>
  markdownBlocks(text).map(({ start: _start, end: _end, ...block }) => block);

describe('a Markdown text', () => {
  it('has headings of both kinds, and nothing else that only looks like one', () => {
    expect(blocksOf('# One ##\n\nTwo\n===\nThree\n---\n#none\n    # none\n####### none')).toEqual([
      { kind: 'heading', level: 1, text: 'One' },
      { kind: 'heading', level: 1, text: 'Two' },
      { kind: 'heading', level: 2, text: 'Three' },
      { kind: 'text', text: '#none\n    # none\n####### none' },
    ]);
    expect(blocksOf('## #\n#\n# C#\n# ###')).toEqual([
      { kind: 'heading', level: 2, text: '' },
      { kind: 'heading', level: 1, text: '' },
      { kind: 'heading', level: 1, text: 'C#' },
      { kind: 'heading', level: 1, text: '' },
    ]);
  });

  it('has code that ends only at a fence as long as its first, and says when it has no end', () => {
    expect(blocksOf('````text\n```\n# x\n~~~\n`````\nafter')).toEqual([
      { kind: 'code', text: '```\n# x\n~~~', closed: true },
      { kind: 'text', text: 'after' },
    ]);
    expect(blocksOf('~~~\n```\n# x')).toEqual([{ kind: 'code', text: '```\n# x', closed: false }]);
    expect(blocksOf('``` a`b')).toEqual([{ kind: 'text', text: '``` a`b' }]);
  });

  it('has comments, in which nothing is a heading', () => {
    expect(blocksOf('<!--\n## Summary\n-->\n## Summary')).toEqual([
      { kind: 'comment', text: '<!--\n## Summary\n-->', closed: true },
      { kind: 'heading', level: 2, text: 'Summary' },
    ]);
    expect(blocksOf('<!-- # x')).toEqual([{ kind: 'comment', text: '<!-- # x', closed: false }]);
  });

  it('has lists and paragraphs, without the backslashes before punctuation', () => {
    expect(blocksOf('- one\n- \\# two\\n\n\n1. \\*\n\na\\_b\nc')).toEqual([
      { kind: 'list', items: ['one', '# two\\n'] },
      { kind: 'list', items: ['*'] },
      { kind: 'text', text: 'a_b\nc' },
    ]);
  });

  it('is each line once, in order, whatever it is made of', () => {
    const pieces = [
      '#',
      '##',
      '`',
      '```',
      '~~~',
      '<!--',
      '-->',
      '\n',
      '\r\n',
      '\r',
      '===',
      '---',
      '- ',
      '\\',
      ' ',
      '\t',
      'a',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), (parts) => {
        const text = parts.join('');
        const lines = markdownLines(text);
        const blocks = markdownBlocks(text);
        const covered = (block: MarkdownBlock, index: number) =>
          block.start < block.end &&
          block.start >= (blocks[index - 1]?.end ?? 0) &&
          block.end <= lines.length;
        expect(blocks.every(covered)).toBe(true);
        const between = lines.filter((_, at) => !blocks.some(({ start, end }) => start <= at && at < end));
        expect(between.join('').trim()).toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('takes a time that grows with its length alone', () => {
    for (const piece of ['# ', '#', '`', '<!-', '- ', ' ', '\\', '```\n', '~', '\n=', '<!--\n']) {
      expect(markdownBlocks(piece.repeat(20_000)).length).toBeLessThanOrEqual(20_001);
      expect(markdownBlocks(`# ${piece.repeat(100_000)}x`).length).toBeGreaterThan(0);
    }
  });
});
