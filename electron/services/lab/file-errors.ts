import { Problem } from '../../../shared/problem.ts';

/** The system's error code (`ENOENT`), if the value is a system error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function fileMissing(file: string): Problem {
  return new Problem('LAB_FILE_MISSING', {
    what: `The lab has no file ${file}.`,
    state: 'Nothing was read.',
    next: `Put the file there, or correct the place that names it.`,
    where: { file },
  });
}

export function pathEscapes(file: string, reason: string): Problem {
  return new Problem('LAB_PATH_ESCAPES', {
    what: `${file} ${reason}.`,
    state: 'Nothing was read or written.',
    next: 'Keep the file itself in the lab folder, not a link to another place.',
    where: { file },
  });
}

/** A problem for a failed read; bugs pass through unchanged. */
export function readProblem(file: string, error: unknown): unknown {
  if (error instanceof Problem) return error;
  if (isMissing(error)) return fileMissing(file);
  const code = systemErrorCode(error);
  if (code === 'ELOOP') return pathEscapes(file, 'was replaced by a link while it was opened');
  if (code === undefined) return error;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new Problem(
    'LAB_FILE_INVALID',
    {
      what: denied ? `${file} may not be read by this user.` : `${file} could not be read from its disk.`,
      state: 'Nothing was changed.',
      next: denied
        ? 'Allow this user to read it, then try again.'
        : 'Check the disk the lab is on, then try again.',
      where: { file },
    },
    { cause: error },
  );
}

const readOnlyCodes = new Set(['EROFS', 'EACCES', 'EPERM']);

/** Whether a failed write means that the folder cannot be written at all. */
export function meansReadOnly(error: unknown): boolean {
  return readOnlyCodes.has(systemErrorCode(error) ?? '');
}

export function labReadOnly(what: string, cause?: unknown): Problem {
  return new Problem(
    'LAB_READ_ONLY',
    {
      what,
      state: 'Nothing was written.',
      next: 'Make the lab folder writable for this user, or open a copy of it.',
    },
    { cause },
  );
}

/** A problem for a failed write; bugs pass through unchanged. `state` says what is on disk now. */
export function writeProblem(file: string, error: unknown, state = 'Nothing was changed.'): unknown {
  if (error instanceof Problem) return error;
  const code = systemErrorCode(error);
  if (code === undefined) return error;
  if (meansReadOnly(error)) {
    return new Problem(
      'LAB_READ_ONLY',
      {
        what: `${file} cannot be written.`,
        state,
        next: 'Make the lab folder writable for this user, or open a copy of it.',
        where: { file },
      },
      { cause: error },
    );
  }
  if (code === 'ELOOP' || code === 'ENOTDIR') return pathEscapes(file, 'lies behind a link or below a file');
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new Problem(
    'LAB_UNWRITABLE',
    {
      what: full
        ? `${file} could not be written: the disk is full.`
        : `${file} could not be written to its disk.`,
      state,
      next: full
        ? 'Free some space on the disk the lab is on, then try again.'
        : 'Check the disk the lab is on, then try again.',
      where: { file },
    },
    { cause: error },
  );
}
