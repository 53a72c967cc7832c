import { Problem } from '../../../../shared/problem.ts';
import { NotAPlainFile } from '../../durable/plain-file-place.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { errorCode } from '../engine/system-words.ts';

type Words = readonly [what: string, next: string];

const damaged: Words = ['it is damaged', 'Move it away: the next run makes a new one.'];

/** Of SQLite's result codes (sqlite.org/rescode.html) the ones an operator can do something about; extended ones end in them. */
const words: Readonly<Record<number, Words>> = {
  3: ['permission was denied', 'Make it and its folder yours and writable.'],
  5: ['another program has it open and does not let go', 'See what uses it, then run again.'],
  6: ['another program has it open and does not let go', 'See what uses it, then run again.'],
  8: ['it is read-only', 'Make it and its folder yours and writable.'],
  10: ['its disk or server reported an error', 'Check that disk or server, then run again.'],
  11: damaged,
  13: ['its disk is full', 'Make room on that disk, then run again.'],
  14: ['it cannot be opened', 'See that its folder is there, and yours and writable.'],
  26: ['it is no SQLite database', 'Move it away: the next run makes a new one.'],
};

/** `undefined` for what is a bug. */
export function sqliteProblem(file: string, error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  const [what, next] = wordsOf(error) ?? [];
  if (what === undefined || next === undefined) return undefined;
  return new Problem(
    'SYNC_STORE_UNAVAILABLE',
    {
      what: `The records in ${file} cannot be read or written: ${what}.`,
      state:
        'Files are synchronized all the same. What was not recorded waits in the log folder for the next run.',
      next,
    },
    { cause: error },
  );
}

function wordsOf(error: unknown): Words | undefined {
  if (error instanceof NotAPlainFile)
    return [error.message, 'Put the file itself there, or remove it: the next run makes a new one.'];
  // `node:sqlite`, of a number that JavaScript has no place for: no run counts that far.
  if (systemErrorCode(error) === 'ERR_OUT_OF_RANGE') return damaged;
  if (isOfTheSystem(error)) return wordsOfSystem(errorCode(error));
  const result = resultOf(error);
  if (result === undefined) return undefined;
  return words[result] ?? [`SQLite reported error ${result}`, 'Check that file, then run again.'];
}

/** The file is looked at before SQLite is given its name, and the system may refuse that, too. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function wordsOfSystem(code: string): Words | undefined {
  if (code === 'EACCES' || code === 'EPERM') return words[3];
  return [`the system answered ${code}`, 'Check its disk or server, then run again.'];
}

export function isBusy(error: unknown): boolean {
  const result = resultOf(error);
  return result === 5 || result === 6;
}

function resultOf(error: unknown): number | undefined {
  if (systemErrorCode(error) !== 'ERR_SQLITE_ERROR') return undefined;
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}
