import { readFileSync, statSync } from 'node:fs';
import type { ByteName } from './entry.ts';
import { nativePath } from './byte-names.ts';

/** A folder as a path reaches it: its own device and inode are what tells it apart. */
interface Folder {
  /** Without a `/` at its end: '' is the root of all folders. */
  readonly bytes: ByteName;
  readonly device: number;
  readonly inode: number;
}

/**
 * Where in a folder another one lies that is reached by a mount of its own, which no path shows; a relative path. The kernel
 * says of every mount which folder of its file system it shows (proc_pid_mountinfo(5)): so it is known without a look at all
 * that is in either. Only Linux says it, and what is not found by it is found by a run's walk.
 */
export function placeByMount(inside: Folder, around: Folder): ByteName | undefined {
  const mounts = mountsNow();
  const shown = shownFolder(mounts, inside.bytes);
  if (shown === undefined) return undefined;
  const reaching = mounts.filter(({ at }) => isAtOrBelow(at, around.bytes) || isAtOrBelow(around.bytes, at));
  for (const { device, folder, at } of reaching) {
    if (device !== shown.device || !isAtOrBelow(shown.path, folder)) continue;
    const place = `${at}${shown.path.slice(folder.length)}`;
    if (!isAtOrBelow(place, around.bytes)) continue;
    // Something else may be mounted over it; and what lies deeper in another file system is entered by no run.
    const about = lookAt(place);
    if (about?.dev !== inside.device || about.ino !== inside.inode) continue;
    if (about.dev === around.device || place === at) return place.slice(around.bytes.length + 1);
  }
  return undefined;
}

interface Mount {
  readonly device: string;
  /** Of its file system, the folder that is shown; like `at` without a `/` at its end. */
  readonly folder: ByteName;
  readonly at: ByteName;
}

function mountsNow(): Mount[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, , device, folder, at] = line.split(' ');
    if (device === undefined || folder === undefined || at === undefined) return [];
    return [{ device, folder: pathIn(folder), at: pathIn(at) }];
  });
}

/** A blank and the like are three octal digits there. The root of all folders ends in a `/`, as no other one does. */
function pathIn(word: string): ByteName {
  const path = word.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
  return path === '/' ? '' : path;
}

/** What a path shows: of mounts at one place the last one. */
function shownFolder(
  mounts: readonly Mount[],
  path: ByteName,
): { device: string; path: ByteName } | undefined {
  let nearest: Mount | undefined;
  for (const mount of mounts)
    if (isAtOrBelow(path, mount.at) && mount.at.length >= (nearest?.at.length ?? 0)) nearest = mount;
  return nearest && { device: nearest.device, path: `${nearest.folder}${path.slice(nearest.at.length)}` };
}

function isAtOrBelow(path: ByteName, folder: ByteName): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function lookAt(path: ByteName) {
  try {
    return statSync(nativePath(path));
  } catch {
    return undefined;
  }
}
