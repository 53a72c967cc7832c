import type { RootAbilities } from './probe-root.ts';

/** The times that a file system can keep, milliseconds since 1970. */
export interface HeldTimes {
  readonly from: number;
  readonly to: number;
}

const anyTime: HeldTimes = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
/** FAT and exFAT count from 1980, with seven bits for the year. */
const sinceDos: HeldTimes = { from: Date.UTC(1980, 0), to: Date.UTC(2108, 0) - 1 };
/** They keep the time of a place, and not of which; and the last moment in steps of two seconds. */
const atTheLimitMs = 26 * 60 * 60_000;

/**
 * What a side can keep, by what it was found to be like: asking it would say nothing, since through FUSE it seems to keep any
 * time until it is mounted the next time.
 */
export function heldTimesOf({ likeFat }: Pick<RootAbilities, 'likeFat'>): HeldTimes {
  return likeFat ? sinceDos : anyTime;
}

export function canHold(times: HeldTimes, timeMs: number): boolean {
  return timeMs >= times.from && timeMs <= times.to;
}

/** Whether one side's time is what the other's became, for want of a place. */
export function isTheSameAsHeld(
  timeMs: number,
  kept: { readonly mtimeMs: number; readonly by: HeldTimes },
): boolean {
  if (canHold(kept.by, timeMs)) return false;
  const becomes = timeMs < kept.by.from ? [kept.by.from] : [kept.by.to, withoutUpperBits(timeMs)];
  return becomes.some((held) => Math.abs(kept.mtimeMs - held) <= atTheLimitMs);
}

/** Through FUSE the year's bits are cut off: 2110 becomes 1982. Linux itself takes the last time that there is. */
function withoutUpperBits(timeMs: number): number {
  const time = new Date(timeMs);
  return time.setUTCFullYear(1980 + ((time.getUTCFullYear() - 1980) & 127));
}
