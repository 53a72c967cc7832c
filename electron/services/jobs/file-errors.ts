import { Problem } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';

export function journalUnwritable(folder: string, state: string, error: unknown): Problem {
  const [reason, next] = unwritableInWords(error);
  return new Problem(
    'JOURNAL_UNWRITABLE',
    { what: `The journal of jobs in ${folder} cannot be written: ${reason}.`, state, next },
    { cause: error },
  );
}

function unwritableInWords(error: unknown): [reason: string, next: string] {
  switch (systemErrorCode(error) ?? '') {
    case 'ENOSPC':
    case 'EDQUOT':
      return ['the disk is full', 'Make room on that disk, then start again.'];
    case 'EROFS':
      return [
        'it is on a read-only file system',
        'Make it writable, or name another folder with SIFAKA_HOME.',
      ];
    case 'EACCES':
    case 'EPERM':
      return [
        'permission was denied',
        'Make that folder yours and writable, or name another with SIFAKA_HOME.',
      ];
    case 'ENOTDIR':
    case 'EEXIST':
      return ['something that is not a folder is in its place', 'Move it away, then start again.'];
    default:
      return ['the system reported an error', 'Check that disk, then start again.'];
  }
}
