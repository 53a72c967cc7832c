import { chmod } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';
import { Problem } from '../../shared/problem.ts';
import { fileInTheWay, makeFolders } from './durable/make-folders.ts';
import type { AppFolders } from './folders.ts';

/** The platform's folders for this app; with `SIFAKA_HOME` all of them lie below that one absolute folder. */
export function appFolders(environment: Readonly<Record<string, string | undefined>>): AppFolders {
  const home = environment['SIFAKA_HOME'];
  if (home !== undefined && home !== '') {
    if (!isAbsolute(home)) {
      throw new Problem('INPUT_INVALID', {
        what: 'SIFAKA_HOME is not an absolute path.',
        state: 'Nothing was read or written.',
        next: 'Set SIFAKA_HOME to an absolute path, or unset it to use the folders of this platform.',
      });
    }
    return {
      cache: join(home, 'cache'),
      state: join(home, 'state'),
      data: join(home, 'data'),
      config: join(home, 'config'),
    };
  }
  const paths = envPaths('sifaka', { suffix: '' });
  return { cache: paths.cache, state: paths.log, data: paths.data, config: paths.config };
}

/** Makes them, for this user alone. On Windows they inherit the access rules of the user's profile instead of a mode. */
export async function makeAppFolders(folders: AppFolders): Promise<void> {
  for (const folder of Object.values(folders)) {
    try {
      await makeFolders(folder, { mode: 0o700 });
      if (process.platform !== 'win32') await chmod(folder, 0o700);
    } catch (error) {
      throw await appFolderProblem(folder, error);
    }
  }
}

/** Why one of the app's own folders cannot be used, after something failed in it. */
export async function appFolderProblem(folder: string, error: unknown): Promise<Problem> {
  const file = await fileInTheWay(folder);
  const [what, next] =
    file === undefined
      ? [
          `${folder}, a folder of the app's own, cannot be made or written by this user.`,
          `Make ${folder} writable for you, or set SIFAKA_HOME to a folder of yours.`,
        ]
      : [
          `${file} is a file, where the app's own folder ${folder} must be or lie in.`,
          `Move ${file} away, or set SIFAKA_HOME to a folder of yours.`,
        ];
  return new Problem('JOURNAL_UNWRITABLE', { what, state: 'Nothing was written.', next }, { cause: error });
}
