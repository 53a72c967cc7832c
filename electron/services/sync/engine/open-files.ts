import { asProblem, Problem } from '../../../../shared/problem.ts';
import { errorCode } from './system-words.ts';

type ShortOf = 'EMFILE' | 'ENFILE';

const words: Readonly<Record<ShortOf, { readonly what: string; readonly next: string }>> = {
  EMFILE: {
    what: 'This process has as many files open as it may (EMFILE). The folders and their disks are not to blame.',
    next: 'Raise the limit where this command is started, then run it again: `ulimit -n 4096` before it in a shell or crontab, LimitNOFILE=4096 in a systemd unit, the limit of open files (nofile) of a container.',
  },
  ENFILE: {
    what: 'The whole system has as many files open as it may (ENFILE). The folders and their disks are not to blame.',
    next: 'See what has so many open (`lsof`), or raise the limit with `sysctl fs.file-max`, then run it again.',
  },
};

/** What to do where no more files could be opened, by the code of the system; `undefined` for every other one. */
export function openFilesWords(code: string | undefined): (typeof words)[ShortOf] | undefined {
  return isShortOf(code) ? words[code] : undefined;
}

/** The same of a reason that was made of a code by this engine: no name of a file is in it. */
export function openFilesWordsIn(reason: string | null | undefined): (typeof words)[ShortOf] | undefined {
  return openFilesWords(/\((E[MN]FILE)\)/.exec(reason ?? '')?.[1]);
}

/**
 * Whatever could not be done since no more files could be opened looks like a disk or a folder at fault to the one who tried
 * it. The same problem, saying what is short instead; everything else stays what it is.
 */
export function withOpenFilesWords(error: unknown): unknown {
  const said = openFilesWords(codeBehind(error));
  if (said === undefined) return error;
  const problem = asProblem(error);
  const { code, data } = problem ?? {
    code: 'SYNC_INCOMPLETE' as const,
    data: { state: 'What was changed before that is whole.' },
  };
  return new Problem(code, { ...data, ...said }, { cause: error });
}

function codeBehind(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = errorCode(at);
    if (isShortOf(code)) return code;
    // Node has no code of the system for a thread that could not be started, and names it in its message.
    if (code === 'ERR_WORKER_INIT_FAILED') return /\bE[MN]FILE\b/.exec(at.message)?.[0];
  }
  return undefined;
}

function isShortOf(code: string | undefined): code is ShortOf {
  return code === 'EMFILE' || code === 'ENFILE';
}
