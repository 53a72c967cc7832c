/** A moment as clocks in a time zone show it. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface ZonedTime {
  /** What the clocks show at a moment (milliseconds since 1970). */
  local(at: number): LocalTime;
  /**
   * When the clocks show this, in milliseconds since 1970: the first time of two where an hour comes twice, and as much
   * later as the clocks were put forward where it does not come at all (RFC 5545, 3.3.5; `compatible` in Temporal).
   */
  moment(local: Omit<LocalTime, 'second'> & { readonly second?: number }): number;
}

const dayMilliseconds = 86_400_000;

/** Clocks of an IANA time zone. RangeError for one that is not known. */
export function zonedTime(timeZone: string): ZonedTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const local = (at: number): LocalTime => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return {
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: part('hour'),
      minute: part('minute'),
      second: part('second'),
    };
  };
  /** By how much the clocks there are ahead of UTC then. */
  const offset = (at: number) => asUtc(local(at)) - Math.floor(at / 1000) * 1000;
  return {
    local,
    moment(wanted) {
      const utc = asUtc({ second: 0, ...wanted });
      // No zone changes its clocks twice within two days, so one of these two offsets is the right one.
      const before = utc - offset(utc - dayMilliseconds);
      const after = utc - offset(utc + dayMilliseconds);
      const shown = [before, after].filter((at) => asUtc(local(at)) === utc);
      return shown.length === 0 ? before : Math.min(...shown);
    },
  };
}

/** `2026-11-20`: the day that a moment falls on there. */
export function localDay(zone: ZonedTime, at: number): string {
  const { year, month, day } = zone.local(at);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function asUtc({ year, month, day, hour, minute, second }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
