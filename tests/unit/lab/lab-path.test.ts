import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labPathParts } from '../../../electron/services/lab/lab-path.ts';
import { pointerParts, valueAt } from '../../../electron/services/lab/value-at.ts';
import { onOneLine } from '../../../electron/services/lab/plain-text.ts';

describe('a path in the lab', () => {
  it.each([
    '..',
    '../x',
    'a/../b',
    'a/..',
    './a',
    'a/./b',
    '/etc/passwd',
    '//host/share',
    'a//b',
    'a/',
    '\\\\host\\share',
    'a\\b',
    '..\\x',
    'C:',
    'C:/x',
    'c:x',
    'a:stream',
    'a\0b',
    'a\nb',
    'a\u009bb',
    'a./b',
    'a /b',
    '...',
    ' ',
    'x'.repeat(513),
  ])('refuses %j', (path) => {
    expect(() => labPathParts(path)).toThrow(/LAB_PATH_ESCAPES/);
  });

  it.each([
    'metis/inventory.yaml',
    '.gitignore',
    'a b/c',
    'deploy/attempt1/tapia/10-thunderbolt',
    '..a',
    'a..b',
    'für/ñ',
  ])('takes %j', (path) => {
    expect(labPathParts(path)).toEqual(path.split('/'));
  });

  it('never answers a part that leads up, down a drive or nowhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', ':', 'a', ' ', '\0', '\n') }), (path) => {
        let parts: string[];
        try {
          parts = labPathParts(path);
        } catch {
          return;
        }
        for (const part of parts) expect(part).toMatch(/^[a. ]*a$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a JSON Pointer', () => {
  it('finds every place of any tree by its pointer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '/', '~', '0', '1', ' ', '') }), { maxLength: 4 }),
        (keys) => {
          const tree = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), 'found');
          const pointer = keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
          expect(pointerParts(pointer)).toEqual(keys);
          expect(valueAt(tree, pointerParts(pointer))).toBe('found');
        },
      ),
    );
  });

  it.each(['a', 'a/b', '/a~', '/a~2'])('refuses %j', (pointer) => {
    expect(() => pointerParts(pointer)).toThrow(/INPUT_INVALID/);
  });

  it.each([
    ['constructor'],
    ['__proto__'],
    ['list', 'length'],
    ['list', '01'],
    ['list', '-'],
    ['list', '1'],
    ['text', '0'],
    ['text', 'length'],
    ['none', 'x'],
  ])('finds nothing that the file itself does not have: %j', (...path) => {
    expect(() => valueAt({ list: ['a'], text: 'abc', none: null }, path)).toThrow(/LAB_VALUE_MISSING/);
  });
});

describe('text on one line', () => {
  it('has no control characters, no overrides and no more than the limit', () => {
    expect(onOneLine('a\r\nb\u001b[31mc\u202ed\u2028e\u0085f')).toBe('a b [31mc d e f');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const line = onOneLine(text, limit);
        expect(line.length).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });
});
