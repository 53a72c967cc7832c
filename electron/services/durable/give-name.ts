import { link, lstat, rename, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { isMissing, systemErrorCode } from './system-error.ts';

/** What file systems without second names answer: FAT, exFAT, some network shares; EISDIR is how Windows says so. */
const noSecondNames: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR']);

/** Gives a file a second name in one step, never over another: link(2) refuses where rename(2) would replace. */
export async function linkTo(file: string, name: string): Promise<'linked' | 'taken' | 'unsupported'> {
  try {
    await link(file, name);
    return 'linked';
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') return 'taken';
    if (noSecondNames.has(code)) return 'unsupported';
    throw error;
  }
}

/**
 * Moves a finished file to a name, never over another; false when the name is taken, and the file stays where it was.
 * Where there are no second names this is a look and a rename, with an instant between the two.
 */
export async function moveToFreeName(file: string, name: string): Promise<boolean> {
  const answer = await linkTo(file, name);
  if (answer === 'linked') await rm(file);
  if (answer !== 'unsupported') return answer === 'linked';
  if (await isTaken(name)) return false;
  await renameOver(file, name);
  return true;
}

async function isTaken(name: string): Promise<boolean> {
  try {
    await lstat(name);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const attemptsOnWindows = 10;

/** Renames, over what may be there. On Windows a scanner or an indexer may have either file open for a moment. */
export async function renameOver(file: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(file, name);
    } catch (error) {
      const passing =
        process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemErrorCode(error) ?? '');
      if (!passing || attempt === attemptsOnWindows) throw error;
      await setTimeout(attempt * 20);
    }
  }
}
