import { describe, expect, it } from 'vitest';
import { formatEntry, parseEntries } from '../../../electron/services/log-entry.ts';

const at = '2026-11-21T09:05:35.123Z';
const entry = (text: string) => ({ at, pid: 4711, text });
const parsed = (content: string, cut = false) => parseEntries(content, { cut });

describe('an entry', () => {
  it.each(['one line', 'Error: x\n    at a (b.ts:1:2)\n    at c', 'a\n\nb', ''])(
    '%j comes back as it was',
    (text) => {
      expect(parsed(formatEntry(entry(text)) + formatEntry(entry('next')))).toEqual([
        entry(text),
        entry('next'),
      ]);
    },
  );

  it('cannot pass for two', () => {
    const forged = `x\n${at} 1 forged\n    ${at} 2 forged`;
    expect(parsed(formatEntry(entry(forged)))).toEqual([entry(forged)]);
  });

  it('that is very long is cut', () => {
    const [read] = parsed(formatEntry(entry('y'.repeat(100_000))));
    expect(read?.text.length).toBeLessThan(17_000);
    expect(read?.text).toMatch(/ \[…\]$/);
  });
});

describe('a file', () => {
  it('that begins in the middle of an entry is read from the next one on', () => {
    const content = `tail of a line\n    and more\n${formatEntry(entry('whole'))}`;
    expect(parsed(content, true)).toEqual([entry('whole')]);
    expect(parsed(content)).toEqual([{ text: 'tail of a line\nand more' }, entry('whole')]);
  });

  it('with lines of somebody else keeps them apart', () => {
    expect(parsed(`${formatEntry(entry('a'))}not ours\n${formatEntry(entry('b'))}`)).toEqual([
      entry('a'),
      { text: 'not ours' },
      entry('b'),
    ]);
  });
});
