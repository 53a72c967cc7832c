import { expect, it } from 'vitest';
import { shownArchives } from '../../../renderer/pages/backups/archive-order.ts';
import { trendPoints } from '../../../renderer/components/backups/trend-points.ts';
import { listArchives } from '../../../electron/services/backups/overview/archive-list.ts';
import { goodFacts } from '../backups/overview-cases.ts';

const { manifest, records } = goodFacts(Date.parse('2026-11-21T12:00:00Z'));
const all = listArchives(manifest, records);

it('archives are found by any of their words, and stand in the order that is asked for', () => {
  const found = shownArchives(all, { wanted: ' OFFSITE ', order: 'at', isDescending: false });
  expect(found).toHaveLength(7);
  expect(found[0]?.at).toBe('2026-11-15T02:30:00.000Z');
  expect(shownArchives(all, { wanted: 'guest-100', order: 'size', isDescending: true })).toHaveLength(14);
  expect(shownArchives(all, { wanted: 'nobody', order: 'guest', isDescending: true })).toEqual([]);
  const wrong = all.with(9, Object.assign({}, all[9], { state: 'failed' as const }));
  expect(shownArchives(wrong, { wanted: '', order: 'state', isDescending: false })[0]?.state).toBe('failed');
});

it('a trend of sizes starts at nothing, so that a small change looks small', () => {
  expect(trendPoints([10, 10, 5], 64, 18)).toBe('0.0,1.0 32.0,1.0 64.0,9.0');
  expect(trendPoints([0], 64, 18)).toBe('0.0,17.0');
});
