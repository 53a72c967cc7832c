import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastDue, nextRun } from '../../../shared/backup-schedule.ts';
import { localDay, zonedTime } from '../../../shared/zoned-time.ts';

const zone = 'Europe/Berlin';
const next = (at: string, after: string, days?: ('mon' | 'wed' | 'sun')[]) =>
  nextRun({ at, ...(days ? { days } : {}) }, zone, new Date(after)).toISOString();

describe('the next run of a schedule', () => {
  it.each([
    ['later today', '02:30', '2026-11-20T00:00:00Z', '2026-11-20T01:30:00.000Z'],
    ['tomorrow, once it is past', '02:30', '2026-11-20T01:30:00Z', '2026-11-21T01:30:00.000Z'],
    ['of the local day, not of that of UTC', '00:15', '2026-11-20T23:20:00Z', '2026-11-21T23:15:00.000Z'],
    ['an hour earlier by UTC in summer', '02:30', '2026-07-01T12:00:00Z', '2026-07-02T00:30:00.000Z'],
    ['over the end of a year', '23:00', '2026-12-31T22:30:00Z', '2027-01-01T22:00:00.000Z'],
    // 29 March 2026: 02:00 becomes 03:00.
    ['as much later where the hour is skipped', '02:30', '2026-03-29T00:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['and as usual the day after', '02:30', '2026-03-29T01:30:00Z', '2026-03-30T00:30:00.000Z'],
    // 25 October 2026: 03:00 becomes 02:00.
    ['the first time where an hour comes twice', '02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['and not the second time', '02:30', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
  ])('is %s', (_what, at, after, expected) => {
    expect(next(at, after)).toBe(expected);
  });

  it('is on its own days only, and a week later at the most', () => {
    // 20 November 2026 is a Friday.
    expect(next('02:30', '2026-11-20T12:00:00Z', ['mon', 'wed'])).toBe('2026-11-23T01:30:00.000Z');
    expect(next('02:30', '2026-11-23T02:00:00Z', ['mon'])).toBe('2026-11-30T01:30:00.000Z');
  });

  it('is due in turn: after each time the next, and before it the last', () => {
    const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];
    const schedules = fc.record({
      at: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`),
      days: fc.uniqueArray(fc.constantFrom('mon', 'tue', 'fri', 'sun'), { minLength: 1 }),
    });
    const moments = fc.date({
      min: new Date('2011-01-01'),
      max: new Date('2040-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(schedules, fc.constantFrom(...zones), moments, (schedule, timeZone, from) => {
        const due = nextRun(schedule, timeZone, from);
        expect(due.getTime()).toBeGreaterThan(from.getTime());
        expect(due.getTime() - from.getTime()).toBeLessThanOrEqual(9 * 86_400_000);
        expect(lastDue(schedule, timeZone, due)).toEqual(due);
        const before = lastDue(schedule, timeZone, from);
        expect(before.getTime()).toBeLessThanOrEqual(from.getTime());
        // Nothing is due between the two.
        expect(nextRun(schedule, timeZone, before)).toEqual(due);
      }),
    );
  });
});

describe('clocks of a time zone', () => {
  it('show a moment and find it again', () => {
    const berlin = zonedTime(zone);
    const at = Date.parse('2026-11-20T14:00:05Z');
    expect(berlin.local(at)).toEqual({ year: 2026, month: 11, day: 20, hour: 15, minute: 0, second: 5 });
    expect(berlin.moment(berlin.local(at))).toBe(at);
    expect(localDay(berlin, Date.parse('2026-11-20T23:30:00Z'))).toBe('2026-11-21');
  });
});
