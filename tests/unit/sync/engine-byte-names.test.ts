import { describe, expect, it } from 'vitest';
import {
  below,
  byteNameOf,
  escapeName,
  foldedName,
  folderOf,
  foldersAbove,
  nameIn,
  nativePath,
  unescapeName,
} from '../../../electron/services/sync/engine/byte-names.ts';
import { randomNumbers } from './random-numbers.ts';

const nfc = byteNameOf('caf\u00e9');
const nfd = byteNameOf('cafe\u0301');

describe('names as bytes', () => {
  it('are given to Node as a string only where its UTF-8 is the same', () => {
    expect(nativePath('/data/a b')).toBe('/data/a b');
    expect(nativePath('/data/\xff\xe9')).toEqual(
      Buffer.from([0x2f, 0x64, 0x61, 0x74, 0x61, 0x2f, 0xff, 0xe9]),
    );
    expect(nativePath(byteNameOf('/caf\u00e9'))).toEqual(Buffer.from('/caf\u00e9'));
  });

  it.each([
    ['caf\u00e9', 'caf\u00e9'],
    ['a\\b', 'a\\\\b'],
    ['line\nbreak', 'line\\x0abreak'],
    ['a\u202eb', 'a\\xe2\\x80\\xaeb'],
    ['\u001b[31m', '\\x1b[31m'],
    ['\u0085', '\\xc2\\x85'],
    ['🦊', '🦊'],
  ])('%j is shown as %j', (name, shown) => {
    expect(escapeName(byteNameOf(name))).toBe(shown);
  });

  it('that are no UTF-8 are shown byte by byte', () => {
    expect(escapeName('a\xffb')).toBe('a\\xffb');
    // An overlong slash, half of a surrogate pair, a character that ends too early.
    expect(escapeName('\xc0\xaf')).toBe('\\xc0\\xaf');
    expect(escapeName('\xed\xa0\x80')).toBe('\\xed\\xa0\\x80');
    expect(escapeName('\xe2\x82')).toBe('\\xe2\\x82');
  });

  it('come back from their escaped form, whatever the bytes', () => {
    const random = randomNumbers(1);
    const pieces = ['caf\u00e9', '\\', '\\x41', '🦊', '\n', 'e\u0301', '\u202e', 'x'].map(byteNameOf);
    for (let round = 0; round < 5000; round += 1) {
      let name = '';
      for (let length = 1 + random(12); length > 0; length -= 1) {
        name +=
          random(2) === 0 ? String.fromCharCode(1 + random(255)) : (pieces[random(pieces.length)] ?? '');
      }
      const shown = escapeName(name);
      expect(unescapeName(shown), shown).toBe(name);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    }
  });

  it('say when a text is no escaped form', () => {
    expect(unescapeName('a\\')).toBeUndefined();
    expect(unescapeName('a\\x4')).toBeUndefined();
    expect(unescapeName('a\\q')).toBeUndefined();
  });

  it('are the same after folding only where a file system might take them for the same', () => {
    const both = { case: false, normalization: false };
    expect(foldedName(nfc, both)).toBe(foldedName(nfd, both));
    expect(foldedName(nfc, { case: false, normalization: true })).not.toBe(
      foldedName(nfd, { case: false, normalization: true }),
    );
    expect(foldedName('README', both)).toBe(foldedName('readme', both));
    expect(foldedName('README', { case: true, normalization: false })).not.toBe(
      foldedName('readme', { case: true, normalization: false }),
    );
    expect(foldedName('\xff', both)).not.toBe(foldedName('\xfe', both));
  });

  it('make paths and come apart again', () => {
    expect(below('', 'a')).toBe('a');
    expect(below('a/b', 'c')).toBe('a/b/c');
    expect([folderOf('a/b/c'), nameIn('a/b/c')]).toEqual(['a/b', 'c']);
    expect([folderOf('a'), nameIn('a')]).toEqual(['', 'a']);
    expect([...foldersAbove('a/b/c')]).toEqual(['a/b', 'a']);
  });
});
