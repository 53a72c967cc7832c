import { i18n } from '@lingui/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatExactBytes,
  formatRate,
  formatTime,
  shortDigest,
} from '../../../renderer/text/format.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1_264_000_000, '1.26 GB'],
    [31_999_000_576, '32.0 GB'],
    [128e9, '128 GB'],
  ])('%i is %s', (bytes, text) => expect(plain(formatBytes(bytes))).toBe(text));
});

describe('durations', () => {
  it.each([
    [0.2, 'under a second'],
    [59.4, '59 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [7200, '2 h'],
  ])('%f s is %s', (seconds, text) => expect(plain(formatDuration(seconds))).toBe(text));
});

describe('ages', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  it.each([
    ['2026-06-01T12:05:00Z', 'in the future; check the clock'],
    ['2026-06-01T11:59:30Z', 'just now'],
    ['2026-06-01T11:59:00Z', '1 minute ago'],
    ['2026-06-01T11:00:00Z', '1 hour ago'],
    ['2026-05-30T12:00:00Z', '2 days ago'],
    ['2026-02-01T12:00:00Z', '4 months ago'],
    ['2023-06-01T12:00:00Z', '3 years ago'],
  ])('%s was %s', (then, text) => expect(plain(formatAge(new Date(then), now))).toBe(text));
});

it('groups digits and shortens digests', () => {
  expect(plain(formatCount(1234567))).toBe('1 234 567');
  expect(plain(formatRate(12_500_000, 'bytes'))).toBe('12.5 MB/s');
  expect(shortDigest(`hmac-sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
  expect(formatTime(new Date(2026, 2, 1, 4, 5, 9))).toBe('2026-03-01 04:05:09');
});

describe('in German', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  afterEach(() => i18n.activate('en'));

  it('has its own decimal sign, and one way of grouping digits', () => {
    i18n.loadAndActivate({ locale: 'de', messages: {} });
    expect(formatBytes(1_264_000_000)).toBe('1,26\u00a0GB');
    expect(formatRate(12_500_000, 'bytes')).toBe('12,5\u00a0MB/s');
    expect(formatCount(1_234_567)).toBe('1\u202f234\u202f567');
  });

  it('counts time in its own words and order', () => {
    i18n.loadAndActivate({ locale: 'de', messages: {} });
    expect(formatAge(new Date('2026-05-30T12:00:00Z'), now)).toBe('vor 2\u00a0Tagen');
    expect(formatAge(new Date('2026-06-01T11:00:00Z'), now)).toBe('vor 1\u00a0Stunde');
    expect(formatTime(new Date(2026, 2, 1, 4, 5, 9))).toBe('01.03.2026, 04:05:09');
    expect(formatDuration(200)).toBe('3\u00a0min 20\u00a0s');
  });
});

it('says one byte as one', () => {
  expect(plain(formatExactBytes(1))).toBe('1 byte');
  expect(plain(formatExactBytes(12_345))).toBe('12 345 bytes');
});
