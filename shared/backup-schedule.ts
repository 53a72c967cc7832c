import type { BackupSchedule } from './schemas/backup-policy.ts';
import { type ZonedTime, zonedTime } from './zoned-time.ts';

/** As `Date.getUTCDay` counts them. */
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A schedule's days are at most a week apart; one more for what is left of today. */
const daysToLookAt = 8;

/**
 * The first time after `after` that a schedule is due, by the clocks of `timeZone` (the policy's). A time that comes twice
 * when the clocks are put back counts once, the first time; one that is skipped when they are put forward is due as much
 * later, so that no day is left out.
 */
export function nextRun(schedule: BackupSchedule, timeZone: string, after: Date): Date {
  const found = dueTimes(schedule, timeZone, after, 1).find((at) => at > after.getTime());
  if (found === undefined) throw new RangeError('a schedule has a day in every week');
  return new Date(found);
}

/** The last time up to `until`, itself included, that it was due. */
export function lastDue(schedule: BackupSchedule, timeZone: string, until: Date): Date {
  const found = dueTimes(schedule, timeZone, until, -1).find((at) => at <= until.getTime());
  if (found === undefined) throw new RangeError('a schedule has a day in every week');
  return new Date(found);
}

/** In the order that they are looked for, from the day before or after the one of `from`. */
function dueTimes(schedule: BackupSchedule, timeZone: string, from: Date, step: 1 | -1): number[] {
  const zone = zonedTime(timeZone);
  const today = zone.local(from.getTime());
  const offsets = Array.from({ length: daysToLookAt + 2 }, (_, index) => step * (index - 1));
  return offsets.flatMap((offset) => {
    const day = new Date(Date.UTC(today.year, today.month - 1, today.day + offset));
    const weekday = weekdays[day.getUTCDay()];
    if (weekday === undefined || !(schedule.days ?? weekdays).includes(weekday)) return [];
    return [dueOn(zone, day, schedule.at)];
  });
}

function dueOn(zone: ZonedTime, day: Date, at: string): number {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  return zone.moment({
    year: day.getUTCFullYear(),
    month: day.getUTCMonth() + 1,
    day: day.getUTCDate(),
    hour,
    minute,
  });
}
