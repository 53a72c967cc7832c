import { describe, expect, it } from 'vitest';
import { factsText, tableText } from '../../../electron/cli/text/table.ts';
import {
  ageText,
  bytesText,
  countText,
  durationText,
  parseSize,
  rateText,
} from '../../../electron/cli/text/units.ts';
import { progressText } from '../../../electron/cli/progress-view.ts';

describe('numbers with their units', () => {
  it('writes sizes, rates, durations and counts', () => {
    expect([0, 1023, 1024, 100_663_296, 32e9].map(bytesText)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '96.0 MiB',
      '29.8 GiB',
    ]);
    expect(rateText(38_200_000)).toBe('38.2 MB/s');
    expect([0, 7.4, 61, 3723].map(durationText)).toEqual(['0:00', '0:07', '1:01', '1:02:03']);
    expect([countText(1, 'file'), countText(2, 'file')]).toEqual(['1 file', '2 files']);
  });

  it('says how old a time is', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    expect(ageText('2026-03-01T11:59:30Z', now)).toBe('just now');
    expect(ageText('2026-03-01T10:30:00Z', now)).toBe('1 hour ago');
    expect(ageText('2026-02-01T12:00:00Z', now)).toBe('28 days ago');
    expect(ageText('2024-02-01T12:00:00Z', now)).toBe('2 years ago');
    expect(ageText('2026-03-02T12:00:00Z', now)).toBe('in the future; check the clock');
  });

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
      'Writing: 42 %, 1.0 MiB of 4.0 MiB, 2.0 MB/s, 0:12 left',
    );
    expect(progressText({ ...base, label: 'W\u001b', unit: 'files', done: 3, total: 7 })).toBe(
      'W\\u{1b}: 42 %, 3 of 7 files',
    );
  });
});
