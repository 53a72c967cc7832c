import { dirname, join, resolve } from 'node:path';
import type { AppFolders } from './folders.ts';

/**
 * What of the app itself no card may be written over, besides its folders: the one they all lie in (`SIFAKA_HOME`), and
 * the program. An installed app is the whole folder of its archive. A checkout is only what is built in it and came
 * with it: beside that an operator may keep images.
 */
export function ownPlaces(folders: AppFolders, resources: string | undefined): string[] {
  const own = Object.values(folders);
  const [home, ...others] = new Set(own.map((folder) => dirname(folder)));
  // One folder for all four, as `XDG_…_HOME` can make it, lies in a place that is not the app's.
  const isHome = home !== undefined && others.length === 0 && new Set(own).size === own.length;
  return [...(isHome ? [home] : []), ...(resources === undefined ? [] : programPlaces(resources))];
}

/** `resources` is in the archive of an installed app: `<app>/resources/app.asar/resources`. */
function programPlaces(resources: string): string[] {
  const root = dirname(resources);
  if (root.endsWith('.asar')) return [resolve(root, '..', '..')];
  return [resources, join(root, 'out'), join(root, 'node_modules')];
}
