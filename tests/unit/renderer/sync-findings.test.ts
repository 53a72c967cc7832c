import { expect, it } from 'vitest';
import { syncFindings } from '../../../renderer/pages/today/sync-findings.ts';
import type { SyncDirectionState, SyncOverview } from '../../../shared/schemas/sync-overview.ts';

const direction = (from: string, to: string): SyncDirectionState => ({
  direction: `${from}-to-${to}`,
  from,
  to,
  src: `/mnt/${from}`,
  dest: `/mnt/${to}`,
  deleteMissing: false,
});

const blocked = {
  code: 'SYNC_BLOCKED',
  what: 'Its other direction failed.',
  state: 'Nothing was synchronized.',
  next: 'Mend it.',
} as const;

it('a pair that is blocked is told of once, whichever of its directions waits', () => {
  const pairs = [
    { pair: 'media', waiting: 0, directions: [direction('a', 'b'), { ...direction('b', 'a'), blocked }] },
    { pair: 'photos', waiting: 3, directions: [direction('a', 'b'), direction('b', 'a')] },
    {
      pair: 'torn',
      waiting: 0,
      directions: [
        { ...direction('a', 'b'), blocked },
        { ...direction('b', 'a'), blocked },
      ],
    },
  ];
  const overview: SyncOverview = { at: '2026-11-21T02:00:00Z', pairsFile: 'there', pairs };
  const found = syncFindings(overview);
  expect(found.map(({ key, severity, href }) => [key, severity, href])).toEqual([
    ['sync:media', 'danger', '#/sync'],
    ['sync:torn', 'danger', '#/sync'],
  ]);
  expect(found[0]?.what.service).toBe(blocked.what);
  expect(syncFindings(undefined)).toEqual([]);
});
