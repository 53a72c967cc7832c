/**
 * The periods that retention counts, by the clocks of one time zone, as Proxmox takes them from `localtime` (pve-storage
 * 0c56bad8, PVE::Storage::prune_mark_backup_group). An hour that comes twice when the clocks are put back is one hour
 * there, because both times show the same day and hour; a week is the one of ISO 8601, which begins on Monday and belongs to
 * the year of its Thursday.
 *
 * A period is a number here, one for each of Proxmox's texts (`$hour/$day/$month/$year`, …).
 */
export const periodKinds = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type PeriodKind = (typeof periodKinds)[number];

const hourSeconds = 3600;
const daySeconds = 86_400;
/** Of the Gregorian calendar, after which dates, weekdays and the rules of time zones repeat. */
const cycleSeconds = 146_097 * daySeconds;
/** What a Date can hold, in whole cycles. */
const furthest = Math.floor(8.64e12 / cycleSeconds) * cycleSeconds - daySeconds;

/** The period that a moment, in seconds as the clocks there count them, falls into. */
export const periodOf: Readonly<Record<PeriodKind, (localSeconds: number) => number>> = {
  hourly: (at) => Math.floor(at / hourSeconds),
  daily: (at) => Math.floor(at / daySeconds),
  // 1970 began on a Thursday.
  weekly: (at) => Math.floor((Math.floor(at / daySeconds) + 3) / 7),
  monthly: (at) => {
    const { year, month } = dateOf(Math.floor(at / daySeconds));
    return year * 12 + month - 1;
  },
  yearly: (at) => dateOf(Math.floor(at / daySeconds)).year,
};

/** A period in words: `14:00 on 2026-11-20`, `2026-11-20`, `week 47 of 2026`, `November 2026`, `2026`. */
export function periodWords(kind: PeriodKind, period: number): string {
  if (kind === 'hourly') {
    const hour = period - Math.floor(period / 24) * 24;
    return `${twoDigits(hour)}:00 on ${dayWords(Math.floor(period / 24))}`;
  }
  if (kind === 'daily') return dayWords(period);
  if (kind === 'weekly') {
    const thursday = period * 7;
    const { year, dayOfYear } = dateOf(thursday);
    return `week ${Math.floor(dayOfYear / 7) + 1} of ${year}`;
  }
  if (kind === 'monthly') {
    const year = Math.floor(period / 12);
    return `${monthNames[period - year * 12] ?? ''} ${year}`;
  }
  return String(period);
}

/**
 * How the clocks of a time zone count seconds since 1970. What a zone's clocks are ahead is asked once for each day and kept,
 * because a list has many archives of few days; the days that they change on are asked for each archive.
 * Any whole number is answered: what is further away than a Date can be is taken from the same day of another 400 years.
 * RangeError for a zone that is not known.
 */
export function localClock(timeZone: string): (ctime: number) => number {
  const offsetAt = offsetsOf(timeZone);
  const atMidnight = new Map<number, number>();
  const midnight = (day: number) => {
    const known = atMidnight.get(day);
    if (known !== undefined) return known;
    const offset = offsetAt(day * daySeconds);
    atMidnight.set(day, offset);
    return offset;
  };
  return (ctime) => {
    const inReach =
      Math.abs(ctime) <= furthest ? ctime : ctime - Math.trunc(ctime / cycleSeconds) * cycleSeconds;
    const day = Math.floor(inReach / daySeconds);
    const before = midnight(day);
    // No zone changes its clocks there and back within one day.
    return ctime + (before === midnight(day + 1) ? before : offsetAt(inReach));
  };
}

/** By how many seconds the clocks are ahead of UTC, to the second (as local mean times were). */
function offsetsOf(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (at) => {
    const shown = /^(\d+)\D+(\d+):(\d+):(\d+)$/.exec(format.format(at * 1000));
    if (shown === null) throw new TypeError('a date is printed as 20, 14:00:00');
    const [, day, hour, minute, second] = shown.map(Number);
    const seconds = (hour ?? 0) * hourSeconds + (minute ?? 0) * 60 + (second ?? 0);
    const utcDay = Math.floor(at / daySeconds);
    const days = [0, 1, -1].find((ahead) => dateOf(utcDay + ahead).day === day) ?? 0;
    return (utcDay + days) * daySeconds + seconds - at;
  };
}

interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** From 0. */
  readonly dayOfYear: number;
}

/** The Gregorian date of a day, counted from 1 January 1970, forwards and backwards for good. */
function dateOf(day: number): CalendarDate {
  // A year that begins in March has its odd day last; 719468 days lie between 1 March of the year 0 and 1970.
  const shifted = day + 719_468;
  const cycle = Math.floor(shifted / 146_097);
  const dayOfCycle = shifted - cycle * 146_097;
  const yearOfCycle = Math.floor(
    (dayOfCycle -
      Math.floor(dayOfCycle / 1460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / 146_096)) /
      365,
  );
  const dayFromMarch =
    dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const isNextYear = monthFromMarch >= 10;
  const year = cycle * 400 + yearOfCycle + (isNextYear ? 1 : 0);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return {
    year,
    month: monthFromMarch + (isNextYear ? -9 : 3),
    day: dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    dayOfYear: isNextYear ? dayFromMarch - 306 : dayFromMarch + 59 + (isLeap ? 1 : 0),
  };
}

function dayWords(day: number): string {
  const { year, month, day: ofMonth } = dateOf(day);
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(ofMonth)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
