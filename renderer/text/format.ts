import { i18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import * as quantities from '../../shared/quantities.ts';
import { numberFormat, relativeTimeFormat, timeFormat } from './formatters.ts';

export { shortDigest } from '../../shared/quantities.ts';

/**
 * Quantities in the language of the page. A number and its unit stay on one line; digits are grouped by a narrow space in
 * every language (ISO 80000-1), because a point or a comma would mean something else in the next one.
 */
export function formatBytes(bytes: number): string {
  const { value, digits, unit } = quantities.scaleBytes(bytes);
  return `${formatDecimal(value, digits)}\u00a0${unit}`;
}

export function formatExactBytes(bytes: number): string {
  const count = formatCount(bytes);
  return unbroken(plural(bytes, { one: `${count} byte`, other: `${count} bytes` }));
}

export function formatCount(count: number): string {
  return formatDecimal(Math.round(count), 0);
}

/** Units per second. */
export function formatRate(rate: number, unit: 'bytes' | 'files' | 'steps'): string {
  if (unit === 'bytes') return `${formatBytes(rate)}/s`;
  const count = formatDecimal(rate, rate < 10 ? 1 : 0);
  return unbroken(unit === 'files' ? t`${count} files/s` : t`${count} steps/s`);
}

/** Milliseconds, to what a ping can tell. */
export function formatLatency(milliseconds: number): string {
  return `${formatDecimal(milliseconds, milliseconds < 10 ? 2 : 0)}\u00a0ms`;
}

/** Bits per second, in powers of ten as links are named. */
export function formatBitRate(bitsPerSecond: number): string {
  const prefixes = ['', 'k', 'M', 'G', 'T'];
  const power = Math.min(
    prefixes.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, bitsPerSecond)) / 3)),
  );
  const value = bitsPerSecond / 1000 ** power;
  return `${formatDecimal(value, value < 10 && power > 0 ? 1 : 0)}\u00a0${prefixes[power]}bit/s`;
}

/** Names one after the other, as a sentence has them: `baobab, ebony and tapia`. */
export function formatNames(names: readonly string[]): string {
  // English without a comma before the last one.
  const locale = i18n.locale === 'en' ? 'en-GB' : i18n.locale;
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}

/** Seconds in what fits; s, min and h are the same in every language (SI). */
export function formatDuration(seconds: number): string {
  return seconds < 1 ? t`under a second` : unbroken(quantities.formatDuration(seconds));
}

/** How long ago, coarse. A time well ahead of the clock says so. */
export function formatAge(then: Date, now: Date): string {
  const age = quantities.ageOf(then, now);
  if (age === 'future') return t`in the future; check the clock`;
  if (age === 'now') return t`just now`;
  return unbroken(relativeTimeFormat(i18n.locale).format(-age.count, age.unit));
}

/** How long until then, coarse: what is more than two days away is told in days. */
export function formatUntil(then: Date, now: Date): string {
  const minutes = Math.floor((then.getTime() - now.getTime()) / 60_000);
  if (minutes <= 0) return t`now`;
  if (minutes > 2 * 24 * 60)
    return unbroken(relativeTimeFormat(i18n.locale).format(Math.round(minutes / 1440), 'day'));
  const duration = formatDuration(minutes * 60);
  return t`in ${duration}`;
}

/** Local date and time to the second. English says nothing about the order of day and month, so there it is ISO 8601's. */
export function formatTime(time: Date): string {
  if (i18n.locale === 'en') return quantities.formatTime(time);
  return timeFormat(i18n.locale).format(time);
}

function formatDecimal(value: number, digits: number): string {
  const parts = numberFormat(i18n.locale, digits).formatToParts(value);
  return parts.map(({ type, value: part }) => (type === 'group' ? '\u202f' : part)).join('');
}

/** Between two digits a narrow space that does not break, after a digit and before a unit an ordinary one that does not. */
function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=\d)/g, '\u202f').replace(/(?<=\d) (?=\p{L})/gu, '\u00a0');
}
