import { expect, test } from 'vitest';
import { initText } from '../../../electron/cli/text/sync-text.ts';

test('the two sides stand on either side of “and”, whatever their names have in them', () => {
  const report = { source: '/mnt/a\nb', destination: '/mnt/c\nd', made: 'both' } as const;
  expect(initText('media', report)).toMatch(
    /^\/mnt\/a\\u\{a\}b and \/mnt\/c\\u\{a\}d are marked as the sides of pair media\.\n/,
  );
  expect(initText('media', { ...report, made: 'none' })).toMatch(/^\/mnt\/a\\u\{a\}b and \/mnt\/c/);
});
