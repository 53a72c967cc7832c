import { expect, test } from 'vitest';
import { atEachCall, failWith, killBefore } from './faulty-runs.ts';

// Each call is tried in tests/long/sync/apply-kills.test.ts; here some, which the two tests do not share.
test('killed before a call, nothing is lost, and the next run and an undo see what was done', async (context) => {
  expect(await atEachCall(context, killBefore, { first: 9, step: 8 })).toBeGreaterThan(5);
});

test('when a call fails, nothing is lost, and the next run and an undo see what was done', async (context) => {
  expect(await atEachCall(context, failWith('EIO'), { first: 13, step: 8 })).toBeGreaterThan(5);
});
