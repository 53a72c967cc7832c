/**
 * Quantities as an operator reads them, the same in the window and on the terminal. Sizes are decimal, as on a card's label:
 * 1 MB is 1,000,000 bytes.
 */

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in decimal units, as on a card's label; three significant digits, exact below 1 kB. */
export function formatBytes(bytes: number): string {
  const { value, digits, unit } = scaleBytes(bytes);
  return `${value.toFixed(digits)} ${unit}`;
}

/** A number of bytes in its unit, with as many digits after the point as make three significant ones. */
export function scaleBytes(bytes: number): { value: number; digits: 0 | 1 | 2; unit: string } {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return { value, digits, unit: byteUnits[unit] ?? 'B' };
}

/** Bytes in full, grouped by spaces. */
export function formatExactBytes(bytes: number): string {
  return `${formatCount(bytes)} bytes`;
}

export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** A number and its noun: `1 file`, `12 files`. */
export function formatQuantity(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Units per second. */
export function formatRate(rate: number, unit: 'bytes' | 'files' | 'steps'): string {
  return unit === 'bytes' ? `${formatBytes(rate)}/s` : `${rate.toFixed(rate < 10 ? 1 : 0)} ${unit}/s`;
}

/** Seconds in words that fit what is known: `under a second`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) {
    const rest = whole % 60;
    return `${Math.floor(whole / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
  }
  const minutes = Math.floor((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
}

/** How long ago, coarse: `just now`, `4 minutes ago`, `3 days ago`. A time well ahead of the clock says so. */
export function formatAge(then: Date, now: Date): string {
  const age = ageOf(then, now);
  if (age === 'future') return 'in the future; check the clock';
  if (age === 'now') return 'just now';
  return `${formatQuantity(age.count, age.unit)} ago`;
}

export type AgeUnit = 'minute' | 'hour' | 'day' | 'month' | 'year';

/** An age in its coarsest unit; `future` is well ahead of the clock. */
export function ageOf(then: Date, now: Date): 'future' | 'now' | { count: number; unit: AgeUnit } {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (seconds < -60) return 'future';
  if (seconds < 45) return 'now';
  const steps: [limit: number, length: number, unit: AgeUnit][] = [
    [3600, 60, 'minute'],
    [86_400, 3600, 'hour'],
    [86_400 * 45, 86_400, 'day'],
    [86_400 * 548, 86_400 * 30.44, 'month'],
  ];
  const [, length, unit] = steps.find(([limit]) => seconds < limit) ?? [0, 86_400 * 365.25, 'year' as const];
  return { count: Math.max(1, Math.round(seconds / length)), unit };
}

/** Local date and time to the second: `2026-03-01 14:05:09`. */
export function formatTime(time: Date): string {
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** To the minute, the same on every machine: `2026-03-01 13:05 UTC`. */
export function formatUtc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The first digits of a digest, enough to tell two apart by eye. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(hmac-)?sha256:/, '').slice(0, 12);
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}
