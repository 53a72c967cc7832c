/** Whether the journeys through the desktop ran in Electron or in its double, as the last words of a run. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each start of the desktop adds a line to the file that SIFAKA_DESKTOP_RAN names: what it was started in. */
export async function whereDesktopRan(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  const names = [...new Set(text.split('\n').filter(Boolean))];
  return {
    inElectron: names.includes('Electron'),
    words:
      names.length === 0
        ? 'The journeys through the desktop were not run.'
        : `The journeys through the desktop ran in ${names.join(' and ')}.`,
  };
}

/** For Vitest, around all of the e2e tests: says it after its counts. `npm test` says it itself, last of all. */
export default async function setup() {
  if (process.env.SIFAKA_DESKTOP_RAN) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-ran-'));
  const file = join(folder, 'desktop');
  process.env.SIFAKA_DESKTOP_RAN = file;
  return async () => {
    console.log((await whereDesktopRan(file)).words);
    await rm(folder, { recursive: true });
  };
}
