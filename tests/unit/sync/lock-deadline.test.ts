import { afterEach, expect, it, vi } from 'vitest';
import {
  elapsedSince,
  endDeadline,
  endlessDeadline,
  isStillHeld,
  laterBy,
  newDeadline,
  setDeadline,
  thisMoment,
} from '../../../electron/services/sync/lock/lock-deadline.ts';

afterEach(() => {
  vi.useRealTimers();
});

function heldForAMinute(): SharedArrayBuffer {
  vi.useFakeTimers({ toFake: ['Date', 'hrtime'] });
  const deadline = newDeadline();
  expect(isStillHeld(deadline)).toBe(false);
  setDeadline(deadline, laterBy(thisMoment(), 60_000));
  expect(isStillHeld(deadline)).toBe(true);
  return deadline;
}

it('a deadline passes when its time has come, and when it is ended', () => {
  const deadline = heldForAMinute();
  vi.advanceTimersByTime(59_000);
  expect(isStillHeld(deadline)).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(isStillHeld(deadline)).toBe(false);
  setDeadline(deadline, laterBy(thisMoment(), 1000));
  endDeadline(deadline);
  expect(isStillHeld(deadline)).toBe(false);
});

it('a wall clock that is set back does not lengthen it', () => {
  const deadline = heldForAMinute();
  vi.advanceTimersByTime(61_000);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(isStillHeld(deadline)).toBe(false);
});

it('nor does a monotonic clock that stood still while the computer slept', () => {
  const deadline = heldForAMinute();
  const before = thisMoment();
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(isStillHeld(deadline)).toBe(false);
  expect(elapsedSince(before)).toBe(3_600_000);
});

it('the deadline of a lock that ends with its process does not come', () => {
  const deadline = endlessDeadline();
  expect(isStillHeld(deadline)).toBe(true);
  endDeadline(deadline);
  expect(isStillHeld(deadline)).toBe(false);
});
