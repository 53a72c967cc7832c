import { Problem, type ProblemCode } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';

const nothingWritten = 'Nothing was written.';

/** A target that is refused before anything was touched. */
export function refused(code: ProblemCode, what: string, next: string, cause?: unknown): Problem {
  return new Problem(code, { what, state: nothingWritten, next }, { cause });
}

/** What the system said about a target's file or folder, in words; anything it cannot have meant is a bug and stays one. */
export function inWords(path: string, error: unknown): unknown {
  switch (systemErrorCode(error) ?? '') {
    case 'ENOENT':
    case 'ENOTDIR':
      return refused(
        'TARGET_MISSING',
        `${path} is not there.`,
        'Check the path, or choose another target.',
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return refused(
        'TARGET_UNWRITABLE',
        `${path} may not be opened: permission was denied.`,
        'Make it yours and writable, or choose another target.',
        error,
      );
    case 'EROFS':
      return refused(
        'TARGET_UNWRITABLE',
        `${path} is on a read-only file system.`,
        'Make it writable, or choose another target.',
        error,
      );
    case 'EBUSY':
    case 'ETXTBSY':
      return refused(
        'TARGET_UNWRITABLE',
        `${path} is open in another program.`,
        'Close that program, then try again.',
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return refused(
        'TARGET_FULL',
        `There is no room for ${path}.`,
        'Make room, or choose another place.',
        error,
      );
    case 'EFBIG':
      return refused(
        'TARGET_FULL',
        `${path} would be larger than a file can be there.`,
        'Choose a place on another file system, or a smaller size.',
        error,
      );
    case 'ELOOP':
      return refused(
        'TARGET_UNSUPPORTED',
        `${path} is a link that leads in a circle.`,
        'Choose another target.',
        error,
      );
    case 'ENAMETOOLONG':
      return refused(
        'TARGET_NAME_INVALID',
        'The name of the target is too long.',
        'Choose a shorter name.',
        error,
      );
    case 'EIO':
      return refused(
        'TARGET_UNWRITABLE',
        `The disk that ${path} is on reports errors.`,
        'Choose another disk.',
        error,
      );
    default:
      return error;
  }
}
