import { Problem } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { onOneLine } from '../lab/plain-text.ts';

/** The problems of golden images and their cache. A path in them comes from a lab file: shown on one line, never raw. */

const unchanged = 'No card was touched, and the cache is as it was before.';

export function imageFileMissing(file: string, reason: string, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_FILE_MISSING',
    {
      what: `The image file ${onOneLine(file)} ${reason}.`,
      state: unchanged,
      next: 'Put the file there, or correct its path in metis/inventory.yaml.',
    },
    { cause },
  );
}

export function formatUnknown(file: string, reason: string): Problem {
  return new Problem('IMAGE_FORMAT_UNKNOWN', {
    what: `${onOneLine(file)} cannot be used as a golden image: ${reason}.`,
    state: unchanged,
    next: 'Use a disk image with a partition table, as it is or packed once as .gz, .xz, .zst or .zip.',
  });
}

export function imageTruncated(file: string, reason: string, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_TRUNCATED',
    {
      what: `${onOneLine(file)} is not complete: ${reason}.`,
      state: unchanged,
      next: 'Fetch the image again and compare its SHA-256 with the publisher’s.',
    },
    { cause },
  );
}

export function imageCorrupt(file: string, reason: string, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_CORRUPT',
    {
      what: `${onOneLine(file)} is damaged: ${reason}.`,
      state: unchanged,
      next: 'Fetch the image again and compare its SHA-256 with the publisher’s.',
    },
    { cause },
  );
}

export function digestMismatch(file: string, expected: string, found: string): Problem {
  return new Problem('IMAGE_DIGEST_MISMATCH', {
    what: `${onOneLine(file)} is not the image of the inventory: its SHA-256 is ${found}, the inventory says ${expected}.`,
    state: unchanged,
    next: 'Fetch the published image again. Change the SHA-256 in metis/inventory.yaml only if the new image is meant.',
  });
}

export function cacheFull(folder: string, reason: string, cause?: unknown): Problem {
  return new Problem(
    'CACHE_FULL',
    {
      what: `The image does not fit into the cache folder ${onOneLine(folder)}: ${reason}.`,
      state: unchanged,
      next: 'Free some space on that disk, or move the app’s folders with SIFAKA_HOME, then try again.',
    },
    { cause },
  );
}

export function cacheUnwritable(folder: string, reason: string, cause?: unknown): Problem {
  return new Problem(
    'CACHE_UNWRITABLE',
    {
      what: `The cache folder ${onOneLine(folder)} cannot be used: ${reason}.`,
      state: unchanged,
      next: 'Make the folder writable for this user, or move the app’s folders with SIFAKA_HOME, then try again.',
    },
    { cause },
  );
}

/** A problem for a failed operation in the cache folder; bugs and problems pass through unchanged. */
export function cacheProblem(folder: string, error: unknown): unknown {
  const code = error instanceof Problem ? undefined : systemErrorCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return cacheFull(folder, 'the disk is full', error);
  if (code === 'EFBIG') return cacheFull(folder, 'its file system holds no file that large', error);
  if (code === 'EACCES' || code === 'EPERM')
    return cacheUnwritable(folder, 'this user may not write there', error);
  if (code === 'EROFS') return cacheUnwritable(folder, 'its disk is read-only', error);
  return cacheUnwritable(folder, 'its disk reported an error', error);
}
