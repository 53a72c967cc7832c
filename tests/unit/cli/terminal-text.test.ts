import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalJson, terminalLines, terminalText } from '../../../shared/terminal-text.ts';

/** What a terminal may be given: printable characters and spaces. */
const printable = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;
/** Strings made of what terminals act upon, between ordinary text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;x\u0007',
        '\u009b31m',
        '\r',
        '\b',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ud800',
        '\u{e0041}',
        '\ufe0f',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('text for a terminal', () => {
  it('shows what would act on the terminal instead of sending it', () => {
    expect(terminalText('a\u001b[31mred\u001b[0m')).toBe('a\\u{1b}[31mred\\u{1b}[0m');
    expect(terminalText('\u009b2J\u0007\r\n')).toBe('\\u{9b}2J\\u{7}\\u{d}\\u{a}');
    expect(terminalText('abc\u202ecba')).toBe('abc\\u{202e}cba');
  });

  it('leaves ordinary text of any language alone', () => {
    for (const text of ['titan-13', 'Größe: 3 µm', 'сервер', '日本語', 'عربي', '🙂', 'a\\u{1b}']) {
      expect(terminalText(text)).toBe(text);
    }
  });

  it('lets nothing through, whatever it is given', () => {
    fc.assert(fc.property(hostile, (text) => printable.test(terminalText(text))));
  });

  it('keeps the lines of a text and nothing else', () => {
    expect(terminalLines('a\r\n\tb\u001b\rc\n')).toBe('a\n    b\\u{1b}\\u{d}c\n');
    fc.assert(
      fc.property(hostile, (text) =>
        terminalLines(text)
          .split('\n')
          .every((line) => printable.test(line)),
      ),
    );
  });

  it('escapes JSON without changing its value', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = terminalJson({ [text]: [text] });
        expect(printable.test(line)).toBe(true);
        // JSON carries lone surrogates as escapes and gives them back.
        expect(JSON.parse(line)).toEqual({ [text]: [text] });
      }),
    );
  });
});
