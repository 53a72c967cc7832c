import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsCommandLine } from '../../../electron/services/drives/launch/windows-command-line.ts';
import { commandLineToArguments } from '../../integration/windows/command-line-to-arguments.ts';

describe('a command line of Windows', () => {
  // The table of "Parsing C command-line arguments": the reader the words are tried with follows it.
  it.each([
    [String.raw`"a b c" d e`, ['a b c', 'd', 'e']],
    [String.raw`"ab\"c" "\\" d`, ['ab"c', '\\', 'd']],
    [String.raw`a\\\b d"e f"g h`, ['a\\\\\\b', 'de fg', 'h']],
    [String.raw`a\\\"b c d`, ['a\\"b', 'c', 'd']],
    [String.raw`a\\\\"b c" d e`, ['a\\\\b c', 'd', 'e']],
    [String.raw`a"b"" c d`, ['ab" c d']],
  ])('%s is taken apart as documented', (text, words) => {
    expect(commandLineToArguments(text)).toEqual(words);
  });

  it.each([
    [['C:\\Program Files\\Sifaka\\writer.mjs'], '"C:\\Program Files\\Sifaka\\writer.mjs"'],
    [['C:\\x\\writer.mjs', 'C:\\a b\\'], 'C:\\x\\writer.mjs "C:\\a b\\\\"'],
    [['', 'a"b', '\\"'], String.raw`"" "a\"b" "\\\""`],
    [['%PATH%', '$(calc)', "a';b"], `%PATH% "$(calc)" "a';b"`],
  ])('%j', (words, text) => {
    expect(windowsCommandLine(words)).toBe(text);
  });

  it('has the same words again, whatever is in them', () => {
    const unit = fc.constantFrom(
      '"',
      '\\',
      ' ',
      '\t',
      'a',
      "'",
      '$',
      '`',
      ';',
      '&',
      '|',
      '%',
      '^',
      '\n',
      'ä',
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit }), { minLength: 1, maxLength: 4 }), (words) => {
        expect(commandLineToArguments(windowsCommandLine(words))).toEqual(words);
      }),
      { numRuns: 3000 },
    );
  });

  it('never ends early', () => {
    expect(() => windowsCommandLine(['a\0b'])).toThrow(RangeError);
  });
});
