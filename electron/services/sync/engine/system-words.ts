import { constants } from 'node:os';
import { pasteableCommand } from '../../../../shared/pasteable-command.ts';
import { systemErrorCode } from '../../durable/system-error.ts';

/** Node has no name for these, and calls them "Unknown system error -116". */
const unnamed = new Map([
  [116, 'ESTALE'],
  [122, 'EDQUOT'],
]);

/** The system's name of an error; the error's own words where it has none. */
export function errorCode(error: unknown): string {
  const errno = errorNumber(error);
  const code = systemErrorCode(error);
  if (errno !== undefined && (code === undefined || code === '' || code.startsWith('Unknown'))) {
    const named = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0];
    return unnamed.get(errno) ?? named ?? `error ${errno}`;
  }
  return code ?? (error instanceof Error ? error.message : String(error));
}

function errorNumber(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  return Math.abs(error.errno);
}

/** SQLITE_FULL of sqlite3.h. */
const fullDatabase = 13;

/** No room, or no room for this user. */
export function isFull(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'ERR_SQLITE_ERROR' && error instanceof Error && 'errcode' in error)
    return error.errcode === fullDatabase;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** What to do where the log folder has no room: its disk is not the one of the folders that are synchronized. */
export function roomForLogs(logDir: string): string {
  return `Make room on the disk of the log folder (\`${pasteableCommand(['df', '-h', logDir])}\` shows it, and with -i whether only its inodes are used up), then run it again. What a run did and could not write down is written down by the next run of its direction.`;
}

/** A code of our own: it was written and given its name, and what is read back is not it. */
export const notAsWritten = 'NOT_AS_WRITTEN';

/** Another one: the system calls it EINVAL, as it does a name that is not taken. */
export const timeNotTaken = 'TIME_NOT_TAKEN';

const words: Record<string, string> = {
  [notAsWritten]: 'it was written, but what is read back is something else',
  [timeNotTaken]: 'the destination does not take its time: set another one with `touch`',
  ENOSPC: 'the destination has no room left',
  EDQUOT: "this user's quota at the destination is used up",
  EIO: 'a drive or the network answered with an input/output error',
  ESTALE: 'the file server does not know the file or its folder any more (stale handle)',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to, or the file is protected',
  EROFS: 'the destination can only be read',
  ENAMETOOLONG: 'the name is too long for the destination',
  EINVAL: 'the destination does not take the name',
  EILSEQ: 'the destination does not take the name',
  EFBIG: 'the file is too large for the destination',
  EMFILE: 'this process has as many files open as it may',
  ENFILE: 'the whole system has as many files open as it may',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is a program that is running',
  ENOTCONN: 'the file system has gone',
  EHOSTDOWN: 'the file server does not answer',
  ETIMEDOUT: 'the file server does not answer',
};

/** Why a step failed, for an operator: "The destination has no room left (ENOSPC)." */
export function failureText(code: string): string {
  const said = words[code];
  return said === undefined
    ? `The system answered ${code}.`
    : `${said.charAt(0).toUpperCase()}${said.slice(1)} (${code}).`;
}
