import { expect, test } from 'vitest';
import { watchFor } from '../../../electron/services/drives/survey/watch-drives.ts';

/** Watches a world that goes through these states, one at every tick; answers what was yielded and how often it looked. */
async function watched(states: readonly (readonly [fingerprint: string, found: string])[]) {
  const controller = new AbortController();
  let tick = -1;
  let looks = 0;
  const yielded: string[] = [];
  const now = () => states[Math.min(tick, states.length - 1)] ?? ['', ''];
  const found = watchFor(controller.signal, {
    tickMilliseconds: 1,
    fingerprint: () => {
      tick += 1;
      if (tick === states.length) controller.abort();
      return Promise.resolve(now()[0]);
    },
    look: () => {
      looks += 1;
      return Promise.resolve(now()[1]);
    },
  });
  for await (const list of found) yielded.push(list);
  return { yielded, looks };
}

test('the same list is not said twice, and nothing is looked at while nothing changes', async () => {
  const still = Array.from({ length: 20 }, () => ['a', 'one drive'] as const);
  const { yielded, looks } = await watched(still);
  expect(yielded).toEqual(['one drive']);
  expect(looks).toBeLessThan(5);
});

test('a change that shows a tick later is seen too, and one that changes back', async () => {
  const { yielded } = await watched([
    ['a', 'none'],
    ['b', 'a drive'],
    ['b', 'a drive with a name'],
    ['c', 'none'],
  ]);
  expect(yielded).toEqual(['none', 'a drive', 'a drive with a name', 'none']);
});

test('a watcher that was stopped before it began says nothing', async () => {
  const found = watchFor(AbortSignal.abort(), { tickMilliseconds: 1, fingerprint: never, look: never });
  expect(await found.next()).toEqual({ done: true, value: undefined });
});

function never(): Promise<never> {
  return Promise.reject(new Error('asked'));
}
