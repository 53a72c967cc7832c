import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { fileInTheWay, makeFolders } from '../durable/make-folders.ts';
import { isWithin, nearestRealPath } from '../durable/real-place.ts';
import { isMissing, meansReadOnly, systemErrorCode } from './file-errors.ts';
import { lockFileName } from './lab-lock.ts';
import { onOneLine } from './plain-text.ts';

/**
 * Copies the bundled demo lab to a folder of the operator's, an absolute path, which must not exist or be empty
 * (LAB_FILE_EXISTS) and may not lie in one of `keptFolders`. It appears there complete or not at all. Links and git's
 * own folder are not copied. Answers where it is.
 */
export async function createDemoLab({
  from,
  to,
  keptFolders,
}: {
  from: string;
  to: string;
  keptFolders: readonly string[];
}): Promise<{ path: string }> {
  checkPathText(to);
  const target = resolve(to);
  try {
    await refuseKept(target, keptFolders);
    await refuseTaken(target);
    await makeFolders(dirname(target));
    await copyWhole(from, target);
  } catch (error) {
    throw await demoProblem(target, error);
  }
  return { path: target };
}

async function copyWhole(from: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.sifaka-${basename(target)}-${randomUUID()}`);
  try {
    await copyFolder(from, temporary);
    // An empty folder of that name makes room; one that was filled meanwhile stays, and the move fails.
    await rmdir(target).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await rename(temporary, target);
  } catch (error) {
    // What went wrong first is what is told.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(target);
    throw error;
  }
}

/** A relative path would start wherever this program runs, which a caller need not know. */
function checkPathText(path: string): void {
  if (isAbsolute(path) && !path.includes('\0')) return;
  throw new Problem('INPUT_INVALID', {
    what: isAbsolute(path)
      ? 'The path of the folder has a character that no path can have.'
      : `${onOneLine(path)} is not an absolute path.`,
    state: 'No lab was made.',
    next: 'Name the folder with its whole path.',
  });
}

async function refuseKept(target: string, keptFolders: readonly string[]): Promise<void> {
  const real = await nearestRealPath(target);
  for (const folder of keptFolders) {
    if (!isWithin(await nearestRealPath(folder), real)) continue;
    throw new Problem('INPUT_INVALID', {
      what: `${onOneLine(target, 500)} lies in ${onOneLine(folder, 500)}, which the open lab or Sifaka itself keeps.`,
      state: 'No lab was made.',
      next: 'Name a folder outside of it.',
    });
  }
}

async function refuseTaken(target: string): Promise<void> {
  try {
    if (!(await lstat(target)).isDirectory() || (await readdir(target)).length > 0) throw taken(target);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === '.git' || entry.name.startsWith(lockFileName)) continue;
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (entry.isFile()) await copyWritable(source, target);
  }
}

/** The installed demo lab may be read-only; the operator's copy is theirs to edit. */
async function copyWritable(source: string, target: string): Promise<void> {
  await copyFile(source, target);
  await chmod(target, ((await lstat(target)).mode & 0o777) | 0o600);
  const handle = await open(target, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A problem for a lab that could not be made; bugs pass through unchanged. */
async function demoProblem(target: string, error: unknown): Promise<unknown> {
  const code = systemErrorCode(error);
  if (error instanceof Problem || code === undefined) return error;
  const [problem, reason, next] = await reasonFor(target, code, meansReadOnly(error));
  return new Problem(
    problem,
    { what: `No lab can be made in ${onOneLine(target, 500)}: ${reason}.`, state: 'No lab was made.', next },
    { cause: error },
  );
}

async function reasonFor(
  target: string,
  code: string,
  isReadOnly: boolean,
): Promise<['INPUT_INVALID' | 'LAB_READ_ONLY' | 'LAB_UNWRITABLE', reason: string, next: string]> {
  const file = await fileInTheWay(dirname(target));
  if (file !== undefined) {
    return [
      'INPUT_INVALID',
      `${onOneLine(file, 500)} is not a folder`,
      'Name a folder below another folder.',
    ];
  }
  if (code === 'ENAMETOOLONG') return ['INPUT_INVALID', 'a name in it is too long', 'Choose shorter names.'];
  if (code === 'ELOOP') return ['INPUT_INVALID', 'a link in it leads in circles', 'Name another folder.'];
  if (isReadOnly) return ['LAB_READ_ONLY', 'this user may not write there', 'Name a folder of yours.'];
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return [
      'LAB_UNWRITABLE',
      'the disk is full',
      'Free some space on that disk, or name a folder on another.',
    ];
  }
  return ['LAB_UNWRITABLE', 'nothing can be made there', 'Name a folder on a disk that keeps files.'];
}

function taken(target: string): Problem {
  return new Problem('LAB_FILE_EXISTS', {
    what: `${onOneLine(target, 500)} is not empty.`,
    state: 'It is as it was; no lab was made.',
    next: 'Name a new folder, or an empty one.',
  });
}
