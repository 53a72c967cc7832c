import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { isMissing, systemErrorCode, writeProblem } from './file-errors.ts';
import { lockFileName } from './lab-lock.ts';
import { onOneLine } from './plain-text.ts';

/**
 * Copies the bundled demo lab to a folder of the operator's, which must not exist or be empty: LAB_FILE_EXISTS. It
 * appears there complete or not at all. Links and git's own folder are not copied.
 */
export async function createDemoLab({ from, to }: { from: string; to: string }): Promise<void> {
  const target = resolve(to);
  await refuseTaken(target);
  const temporary = join(dirname(target), `.sifaka-${basename(target)}-${randomUUID()}`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFolder(from, temporary);
    // An empty folder of that name makes room; one that was filled meanwhile stays, and the move fails.
    await rmdir(target).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(target);
    throw writeProblem(onOneLine(target, 500), error, 'No lab was made.');
  }
}

async function refuseTaken(target: string): Promise<void> {
  try {
    if (!(await lstat(target)).isDirectory() || (await readdir(target)).length > 0) throw taken(target);
  } catch (error) {
    if (!isMissing(error)) throw writeProblem(onOneLine(target, 500), error, 'No lab was made.');
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

function taken(target: string): Problem {
  return new Problem('LAB_FILE_EXISTS', {
    what: `${onOneLine(target, 500)} is not empty.`,
    state: 'It is as it was; no lab was made.',
    next: 'Name a new folder, or an empty one.',
  });
}
