import { expect, it } from 'vitest';
import { shownPath } from '../../../electron/services/sync/engine/shown-path.ts';

it.each([
  ['file', 'films/leap.mkv', 'films/leap.mkv'],
  ['link', 'films/newest', 'films/newest'],
  ['folder', 'films', 'films/'],
  // As the paths of folders are within a trash.
  ['folder', 'films/', 'films/'],
  ['file', 'caf\xe9', 'caf\\xe9'],
  ['folder', 'a\nb', 'a\\x0ab/'],
] as const)('a %s %j is shown as %j', (kind, path, shown) => {
  expect(shownPath({ kind, path })).toBe(shown);
});
