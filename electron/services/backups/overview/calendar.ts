import type { BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import type { Coverage } from '../../../../shared/schemas/backup-overview.ts';
import type { BackupsOfGuest, StoredBackup } from './guest-backups.ts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Eight weeks: two months' ends, and what fits a row. */
export const calendarDays = 56;

export interface Calendar {
  /** The last days, the oldest first. */
  readonly days: readonly string[];
  /** The day of a moment, `2026-11-20`. */
  readonly dayOf: (at: number) => string;
}

/** The days that end with the one of `now`, by the clocks of a time zone. */
export function calendarOf(now: number, dayOf: (at: number) => string): Calendar {
  const last = Date.parse(`${dayOf(now)}T00:00:00Z`);
  const days = Array.from({ length: calendarDays }, (_, index) =>
    new Date(last - (calendarDays - 1 - index) * 86_400_000).toISOString().slice(0, 10),
  );
  const known = new Map<number, string>();
  return {
    days,
    dayOf(at) {
      // One look-up for many archives of the same hour.
      const hour = Math.floor(at / 900_000);
      const before = known.get(hour);
      if (before !== undefined) return before;
      const day = dayOf(at);
      known.set(hour, day);
      return day;
    },
  };
}

type Day = Coverage['days'][number];

/** One square for each day: what succeeded on it, what failed, and what should have been and was not. */
export function guestDays(
  { days, dayOf }: Calendar,
  { backups, records }: BackupsOfGuest,
  rule: BackupRule | undefined,
  now: number,
): Day[] {
  const made = new Map<string, StoredBackup[]>();
  const failed = new Set<string>();
  let first: string | undefined;
  const note = (day: string) => {
    if (first === undefined || day < first) first = day;
    return day;
  };
  for (const backup of backups) {
    if (backup.at > now) continue;
    const day = note(dayOf(backup.at));
    const list = made.get(day) ?? [];
    made.set(day, [...list, backup]);
  }
  for (const { outcome, endedAt } of records)
    if (outcome !== 'made' && Date.parse(endedAt) <= now) failed.add(note(dayOf(Date.parse(endedAt))));
  const today = days.at(-1);
  let sinceSuccess: number | undefined;
  return days.map((day): Day => {
    const done = made.get(day) ?? [];
    sinceSuccess = done.length > 0 ? 0 : sinceSuccess === undefined ? undefined : sinceSuccess + 1;
    if (done.length > 0) {
      const isWhole = done.every(isWithoutFault) && !failed.has(day);
      return { day, state: isWhole ? 'good' : 'warning', backups: done.length };
    }
    if (failed.has(day)) return { day, state: 'failed', backups: 0 };
    if (first === undefined || day < first) return { day, state: 'before', backups: 0 };
    const isDue = day !== today && isDueOn(day, rule, sinceSuccess);
    return { day, state: isDue ? 'missing' : 'not-due', backups: 0 };
  });
}

function isWithoutFault({ record }: StoredBackup): boolean {
  if (record === undefined) return true;
  return (
    record.pruneFailed === undefined &&
    record.warnings.length === 0 &&
    record.copies.every(({ state }) => state === 'verified') &&
    record.checks.every(({ outcome }) => outcome !== 'failed')
  );
}

/** By the schedule's days; without a schedule, once as many whole days went by as the window has. */
function isDueOn(day: string, rule: BackupRule | undefined, sinceSuccess: number | undefined): boolean {
  if (rule === undefined) return false;
  if (rule.schedule !== undefined) {
    const weekday = weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()];
    return weekday !== undefined && (rule.schedule.days ?? weekdays).includes(weekday);
  }
  return sinceSuccess === undefined || sinceSuccess * 24 >= rule.windowHours;
}

/** Times without a success that were longer than the window: the newest last, at most ten. */
export function gapsBetween(
  backups: readonly StoredBackup[],
  windowMs: number,
  now: number,
): Coverage['gaps'] {
  const times = backups.map(({ at }) => at).filter((at) => at <= now);
  return [now, ...times]
    .flatMap((to, index) => {
      const from = times[index];
      if (from === undefined || to - from <= windowMs) return [];
      return [
        {
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          hours: Math.round((to - from) / 360_000) / 10,
        },
      ];
    })
    .slice(0, 10)
    .toReversed();
}
