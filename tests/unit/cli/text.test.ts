import { describe, expect, it } from 'vitest';
import { factsText, tableText } from '../../../electron/cli/text/table.ts';
import { parseSize } from '../../../electron/cli/text/units.ts';
import { progressText } from '../../../electron/cli/progress-view.ts';

describe('numbers with their units', () => {
  it('reads sizes as people write them, and nothing else', () => {
    expect(parseSize('128MiB')).toBe(128 * 1024 ** 2);
    expect(parseSize('32 GB')).toBe(32e9);
    expect(parseSize('4g')).toBe(4 * 1024 ** 3);
    expect(parseSize('1.5KiB')).toBe(1536);
    expect(parseSize('512')).toBe(512);
    for (const text of [
      '',
      'MiB',
      '-1',
      '1e9',
      '12 parsecs',
      '1,5G',
      '0x10',
      'constructor',
      '999999999999999TB',
    ]) {
      expect(parseSize(text)).toBeUndefined();
    }
  });
});

describe('tables', () => {
  it('aligns cells, wide characters too, and makes them safe', () => {
    const text = tableText(
      [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }, { title: 'WHAT' }],
      [
        ['日本', '12 B', 'a\u001b[31mb'],
        ['titan-13', '3 B', 'c\nd'],
      ],
    );
    expect(text.split('\n')).toEqual([
      'NAME      SIZE  WHAT',
      '日本      12 B  a\\u{1b}[31mb',
      'titan-13   3 B  c\\u{a}d',
    ]);
  });

  it('puts facts below each other', () => {
    expect(
      factsText([
        ['a', 'one'],
        ['long', 'two\nthree\u0007'],
      ]),
    ).toBe('  a     one\n  long  two\n        three\\u{7}');
  });
});

describe('progress', () => {
  it('is one line with step, share, sizes, rate and time left', () => {
    const base = {
      step: 'write',
      label: 'Writing',
      overall: 0.4249,
      unit: 'bytes' as const,
      done: 1 << 20,
      total: 4 << 20,
    };
    expect(progressText({ ...base, rate: 2e6, etaSeconds: 12 })).toBe(
      'Writing: 42 %, 1.05 MB of 4.19 MB, 2.00 MB/s, 12 s left',
    );
    expect(progressText({ ...base, label: 'W\u001b', unit: 'files', done: 3, total: 7 })).toBe(
      'W\\u{1b}: 42 %, 3 of 7 files',
    );
  });
});
