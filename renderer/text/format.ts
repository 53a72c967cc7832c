import { i18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import * as quantities from '../../shared/quantities.ts';

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

/** Seconds in what fits; s, min and h are the same in every language (SI). */
export function formatDuration(seconds: number): string {
  return seconds < 1 ? t`under a second` : unbroken(quantities.formatDuration(seconds));
}

/** How long ago, coarse. A time well ahead of the clock says so. */
export function formatAge(then: Date, now: Date): string {
  const age = quantities.ageOf(then, now);
  if (age === 'future') return t`in the future; check the clock`;
  if (age === 'now') return t`just now`;
  return unbroken(new Intl.RelativeTimeFormat(i18n.locale).format(-age.count, age.unit));
}

/** Local date and time to the second. English says nothing about the order of day and month, so there it is ISO 8601's. */
export function formatTime(time: Date): string {
  if (i18n.locale === 'en') return quantities.formatTime(time);
  return new Intl.DateTimeFormat(i18n.locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(time);
}

function formatDecimal(value: number, digits: number): string {
  const parts = new Intl.NumberFormat(i18n.locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).formatToParts(value);
  return parts.map(({ type, value: part }) => (type === 'group' ? '\u202f' : part)).join('');
}

/** Between two digits a narrow space that does not break, after a digit and before a unit an ordinary one that does not. */
function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=\d)/g, '\u202f').replace(/(?<=\d) (?=\p{L})/gu, '\u00a0');
}
