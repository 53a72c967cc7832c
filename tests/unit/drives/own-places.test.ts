import { join, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import { appFolders } from '../../../electron/services/app-folders.ts';
import { ownPlaces } from '../../../electron/services/own-places.ts';

const home = resolve(sep, 'srv', 'sifaka');
const folders = appFolders({ SIFAKA_HOME: home });

test('with SIFAKA_HOME all that lies in it is the app’s own', () => {
  expect(ownPlaces(folders, undefined)).toEqual([home]);
});

test('the folder that the platform’s folders lie in is not', () => {
  const places = [
    { ...folders, config: resolve(sep, 'etc', 'sifaka') },
    // All of `XDG_…_HOME` set to one folder.
    { cache: home, state: home, data: home, config: home },
  ];
  for (const place of places) expect(ownPlaces(place, undefined)).toEqual([]);
});

test('the program is what came with a checkout and was built in it, and all of an installed app', () => {
  const checkout = resolve(sep, 'src', 'sifaka');
  expect(ownPlaces(folders, join(checkout, 'resources'))).toEqual([
    home,
    ...['resources', 'out', 'node_modules'].map((name) => join(checkout, name)),
  ]);
  const installed = resolve(sep, 'opt', 'Sifaka');
  expect(ownPlaces(folders, join(installed, 'resources', 'app.asar', 'resources'))).toEqual([
    home,
    installed,
  ]);
});
