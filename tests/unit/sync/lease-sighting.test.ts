import { expect, it } from 'vitest';
import type { Lease } from '../../../electron/services/sync/lock/lease-record.ts';
import { unchangedFor } from '../../../electron/services/sync/lock/lease-sighting.ts';

const start = Date.UTC(2026, 10, 20);

function lease(resourceVersion: string, holder: string | null = 'pod-a/run', uid = 'one'): Lease {
  return { metadata: { uid, resourceVersion }, spec: { holderIdentity: holder } };
}

/** What later runs, each with its own clock, know of a lease after each has looked at it. */
function seen(looks: readonly { lease?: Lease; here: number; server?: number }[]): number[] {
  let earlier: ReturnType<typeof unchangedFor>['sighting'];
  return looks.map(({ here, server = here, lease: found = lease('1') }) => {
    const date = Math.floor((start + server) / 1000) * 1000;
    const { milliseconds, sighting } = unchangedFor(earlier, {
      lease: found,
      here: start + here,
      server: date,
    });
    earlier = sighting;
    return milliseconds;
  });
}

it('who looks first knows nothing, however old the record says that it is', () => {
  expect(seen([{ here: 0 }])).toEqual([0]);
});

it('each later look knows what passed since the first, less what the server’s whole seconds may hide', () => {
  expect(seen([{ here: 0 }, { here: 1_800_000 }, { here: 3_601_000 }])).toEqual([0, 1_799_000, 3_600_000]);
});

it('a renewal, another holder or another lease of the name begins anew', () => {
  for (const other of [lease('2'), lease('1', 'pod-b/run'), lease('1', 'pod-a/run', 'two')])
    expect(seen([{ here: 0 }, { here: 9000, lease: other }, { here: 19_000, lease: other }])).toEqual([
      0, 0, 9000,
    ]);
});

it('a node whose clock is behind or ahead cannot make the time longer', () => {
  // The first is two hours behind: the second would think that hours have passed.
  expect(
    seen([
      { here: -7_200_000, server: 0 },
      { here: 9000, server: 9000 },
    ]),
  ).toEqual([0, 8000]);
  // The server's clock was set forward in between.
  expect(
    seen([
      { here: 0, server: 0 },
      { here: 9000, server: 7_209_000 },
    ]),
  ).toEqual([0, 9000]);
});

it('where a clock went backwards the wait begins anew, and ends', () => {
  expect(
    seen([
      { here: 7_200_000, server: 0 },
      { here: 9000, server: 9000 },
      { here: 19_000, server: 19_000 },
    ]),
  ).toEqual([0, 0, 9000]);
});

it('two looks in the same second are two looks', () => {
  expect(seen([{ here: 0 }, { here: 10 }, { here: 11_010 }])).toEqual([0, 0, 10_000]);
});

it('nothing is known without the server’s clock, nor of a lease that nobody holds', () => {
  const look = { lease: lease('1'), here: start, server: undefined };
  expect(unchangedFor(undefined, look)).toEqual({ milliseconds: 0, sighting: undefined });
  expect(
    unchangedFor(undefined, { ...look, lease: lease('1', null), server: start }).sighting,
  ).toBeUndefined();
});
