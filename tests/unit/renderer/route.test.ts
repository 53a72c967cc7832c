import { describe, expect, it } from 'vitest';
import { addressOf, parseRoute, type Route } from '../../../renderer/app/route.ts';

const routes: Exclude<Route, { page: 'unknown' }>[] = [
  { page: 'today' },
  { page: 'cards' },
  { page: 'node', node: 'titan-13' },
  { page: 'node', node: 'a/b%c' },
  { page: 'burn', step: 'review' },
  { page: 'card-job', id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11' },
  { page: 'jobs' },
  { page: 'logbook' },
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

  it.each(['#/bridge', '#/cards/burn/run', '#/cards/node', '#/cards/job/a/b', '#/%E0%A4%A'])(
    'says that %s is no page',
    (hash) => expect(parseRoute(hash).page).toBe('unknown'),
  );
});
