import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Problem } from '../../../../shared/problem.ts';
import { inTime } from '../../in-time.ts';

/**
 * Whoever looks at a page or asks for a status waits no longer for a log folder than this, milliseconds. The drives of a server
 * that is asleep have started by then.
 */
const defaultPatience = 10_000;

/** Whether log folders answer, for who only looks and must not be kept waiting. */
export interface LogFolderAnswers {
  /** SYNC_LOG_FOLDER_UNUSABLE when nothing is heard of it in time; `state` is that of whoever asks. */
  confirm(logDir: string, state?: string): Promise<void>;
}

/**
 * A look at a mount whose server is gone never ends. Of this process it would take a thread for files with it, or, as SQLite
 * does it, everything; and no process ends while one of its threads is in such a look. So another process looks first, and a
 * folder that it does not come back from is not touched. One for all that look: it is not asked again before it has.
 */
export function createLogFolderAnswers({
  patience = defaultPatience,
}: {
  readonly patience?: number;
} = {}): LogFolderAnswers {
  const looks = new Map<string, Look>();

  function look(logDir: string): Look {
    const known = looks.get(logDir);
    if (known !== undefined) return known;
    const begun = lookFromOutside(logDir);
    looks.set(logDir, begun);
    void begun.ended.then(() => looks.delete(logDir));
    return begun;
  }

  return {
    async confirm(logDir, state = 'What waits in it, and whether a pair is blocked, is not known.') {
      const { ended, leave } = look(logDir);
      if ((await inTime(ended, patience)) === 'answered') return;
      leave();
      throw new Problem('SYNC_LOG_FOLDER_UNUSABLE', {
        what: `The log folder ${logDir} does not answer.`,
        state,
        next: 'See whether the server behind its mount is up and can be reached, then look again.',
      });
    },
  };
}

interface Look {
  /** One that was left has not answered, whoever else waits for it: it is over, and that is all. */
  readonly ended: Promise<'answered' | 'left'>;
  readonly leave: () => void;
}

/** Whatever is said of the folder is an answer. */
function lookFromOutside(logDir: string): Look {
  const { promise: ended, resolve } = Promise.withResolvers<'answered' | 'left'>();
  const answered = () => resolve('answered');
  // A mount of Windows gives up by itself.
  if (process.platform === 'win32') {
    void readdir(logDir).then(answered, answered);
    return { ended, leave: () => undefined };
  }
  let isLeft = false;
  const child = spawn('ls', ['-f', '--', logDir], { stdio: 'ignore' });
  child.on('error', answered);
  child.on('exit', () => resolve(isLeft ? 'left' : 'answered'));
  // Whoever waits for it has a timer; nobody else does.
  child.unref();
  const leave = () => {
    isLeft = true;
    child.kill('SIGKILL');
  };
  return { ended, leave };
}
