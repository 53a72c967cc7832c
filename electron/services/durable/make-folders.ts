import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing, systemErrorCode } from './system-error.ts';

/**
 * Makes a folder and the parents it lacks; one that is there is left as it is. Stops at the first that cannot be made,
 * with the system's error: Node's own `recursive` tries for ever where a file system (procfs) answers ENOENT for a name
 * below a folder that is there.
 */
export async function makeFolders(folder: string, { mode }: { mode?: number } = {}): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !(await isThere(at)); at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  // With none missing, what is there need not be a folder: mkdir(2) finds out.
  for (const path of missing.length === 0 ? [folder] : missing) await makeFolder(path, mode);
}

/** The part of a path that exists and is no folder, so that nothing can be below it; `undefined` when there is none. */
export async function fileInTheWay(path: string): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return (await stat(at)).isDirectory() ? undefined : at;
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) return undefined;
    }
  }
}

async function makeFolder(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, mode === undefined ? {} : { mode });
  } catch (error) {
    // Another process may make the same folders; a drive's root on Windows answers EPERM.
    const isFolder = await stat(path).then(
      (about) => about.isDirectory(),
      () => false,
    );
    if (!isFolder) throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
