import { describe, expect, it } from 'vitest';
import { addressOf, parseRoute, type Route } from '../../../renderer/app/route.ts';

const routes: Exclude<Route, { page: 'unknown' }>[] = [
  { page: 'today' },
  { page: 'cards' },
  { page: 'node', node: 'titan-13' },
  { page: 'node', node: 'a/b%c' },
  { page: 'burn', step: 'review' },
  { page: 'card-job', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'bridge' },
  { page: 'deploy', step: 'choose' },
  { page: 'deploy', step: 'review' },
  { page: 'bridge-job', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'backups' },
  { page: 'backups-guest', guest: 'baobab/100' },
  { page: 'archives' },
  { page: 'backup-job', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'backup-run', step: 'choose' },
  { page: 'backup-restore', step: 'review' },
  { page: 'backup-prune' },
  { page: 'sync' },
  { page: 'sync-run', step: 'choose' },
  { page: 'sync-run', step: 'review' },
  { page: 'sync-job', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'sync-iteration', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'jobs' },
  { page: 'logbook' },
  { page: 'issues' },
  { page: 'issue', id: 'ISSUE-2026-001' },
  { page: 'lab' },
  { page: 'log' },
];

describe('addresses', () => {
  it.each(routes)('%o is found again from its address', (route) => {
    expect(parseRoute(addressOf(route))).toEqual(route);
  });

  it('starts at Today', () => {
    expect(parseRoute('')).toEqual({ page: 'today' });
    expect(parseRoute('#/')).toEqual({ page: 'today' });
  });

  it.each([
    '#/nowhere',
    '#/cards/burn/run',
    '#/cards/node',
    '#/cards/job/a/b',
    '#/issues/x',
    '#/issues/ISSUE-2026-001/x',
    '#/bridge/deploy/run',
    '#/backups/run/proof',
    '#/backups/prune/choose',
    '#/sync/run/proof',
    '#/sync/iteration',
    '#/%E0%A4%A',
  ])('says that %s is no page', (hash) => expect(parseRoute(hash).page).toBe('unknown'));
});
