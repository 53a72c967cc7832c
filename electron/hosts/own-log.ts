import packageFile from '../../package.json' with { type: 'json' };
import { systemClock } from '../services/clock.ts';
import type { AppFolders } from '../services/folders.ts';
import { createLogFile, logFileIn } from '../services/log-file.ts';
import { type Log, redactedLog, standardErrorLog } from '../services/log.ts';
import { platformWords } from '../services/platform-words.ts';

export interface OwnLog extends Log {
  /** A line, and the log file that has it now; `undefined` when it could not be written there. */
  note(text: string): string | undefined;
}

/** The app's log: stderr, and the file in its state folder. Redacted. */
export function openLog(folders: AppFolders): OwnLog {
  const path = logFileIn(folders.state);
  const file = createLogFile({
    file: path,
    clock: systemClock,
    about: `Sifaka ${packageFile.version} (${platformWords()})`,
  });
  let isInFile = false;
  const both = redactedLog(standardErrorLog, {
    line(text) {
      isInFile = file.line(text);
    },
  });
  return {
    line: (text) => both.line(text),
    note(text) {
      both.line(text);
      return isInFile ? path : undefined;
    },
  };
}
