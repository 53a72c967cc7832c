import { expect, test } from 'vitest';
import { atEachCall, failWith, killBefore } from '../../integration/sync/faulty-runs.ts';

test('killed before any call that changes something, nothing is lost', async (context) => {
  expect(await atEachCall(context, killBefore, { first: 1, step: 1 })).toBeGreaterThan(50);
});

test.for(['EIO', 'ENOSPC'] as const)(
  '%s of any call that changes something loses nothing',
  async (error, context) => {
    expect(await atEachCall(context, failWith(error), { first: 1, step: 1 })).toBeGreaterThan(50);
  },
);
