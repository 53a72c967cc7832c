import { describe, expect, it } from 'vitest';
import { shellCommand, shellWord } from '../../../electron/services/drives/launch/shell-command.ts';

describe('a command for a person to run', () => {
  it('quotes only what needs it', () => {
    expect(shellCommand(['sudo', '/opt/Sifaka/node', '/run/user/1000/a b'], '/x/golden.img')).toBe(
      "sudo /opt/Sifaka/node '/run/user/1000/a b' < /x/golden.img",
    );
  });

  it.each([
    ["it's", "'it'\\''s'"],
    ['a\\b', "'a'\\\\'b'"],
    ['', "''"],
    ['~', "'~'"],
    ['été', "'été'"],
    ['$(x)', "'$(x)'"],
    ['=ls', "'=ls'"],
  ])('%s', (word, quoted) => {
    expect(shellWord(word)).toBe(quoted);
  });

  it.each([
    '\n',
    '\r',
    '\t',
    '\0',
    '\u001b',
    '\u007f',
    '\u009b',
    '\u00ad',
    '\u200b',
    '\u200f',
    '\u2028',
    '\u202e',
    '\u2066',
    '\ud800',
    '\ufeff',
  ])('is not made when it cannot be shown: %j', (character) => {
    expect(shellWord(`a${character}b`)).toBeUndefined();
    expect(shellCommand(['sudo', `a${character}b`], '/x')).toBeUndefined();
    expect(shellCommand(['sudo'], `a${character}b`)).toBeUndefined();
  });
});
