/**
 * Until when a lock is certainly held, shared with the threads that change files: two float64, on the wall clock
 * (milliseconds since 1970) and on the monotonic one (process.hrtime, milliseconds, the same in every thread). The earlier
 * one counts: a wall clock that is set back would lengthen the first, and a computer that sleeps the second (the monotonic
 * clock of Linux stands still meanwhile). Each write moves both the same way, so that a thread that sees half of it is at
 * worst too careful.
 */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function thisMoment(): Moment {
  return { wall: Date.now(), monotonic: monotonicNow() };
}

export function laterBy(moment: Moment, milliseconds: number): Moment {
  return { wall: moment.wall + milliseconds, monotonic: moment.monotonic + milliseconds };
}

/** Milliseconds since a moment, by the clock that says more. */
export function elapsedSince(moment: Moment): number {
  const now = thisMoment();
  return Math.max(now.wall - moment.wall, now.monotonic - moment.monotonic);
}

/** A deadline that has passed, to be set. */
export function newDeadline(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
}

/** The deadline of a lock that ends with its process and not before. */
export function endlessDeadline(): SharedArrayBuffer {
  const deadline = newDeadline();
  setDeadline(deadline, { wall: Infinity, monotonic: Infinity });
  return deadline;
}

export function setDeadline(deadline: SharedArrayBuffer, { wall, monotonic }: Moment): void {
  const view = new Float64Array(deadline);
  view[0] = wall;
  view[1] = monotonic;
}

/** From now on every look at the deadline says that the lock is gone. */
export function endDeadline(deadline: SharedArrayBuffer): void {
  setDeadline(deadline, { wall: 0, monotonic: 0 });
}

/** Looked at before every step that cannot be taken back. */
export function isStillHeld(deadline: SharedArrayBuffer): boolean {
  const [wall = 0, monotonic = 0] = new Float64Array(deadline);
  return Date.now() < wall && monotonicNow() < monotonic;
}

function monotonicNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
