import type { Problem } from '../../../../../shared/problem.ts';
import { onOneLine } from '../../../lab/plain-text.ts';
import { systemErrorCode } from '../../../durable/system-error.ts';
import { limits } from '../target-place.ts';
import { copyFailed, targetRefused, targetUnmounted } from '../target-problems.ts';

export function folderMissing(name: string, where: string): Problem {
  return targetUnmounted(name, {
    why: `${onOneLine(where, 500)} does not exist`,
    next: 'See that the share is mounted there.',
  });
}

/** A link, or something else that is no file or folder of its own, stands where a file of ours would be. */
export function leadsElsewhere(name: string, path: string): Problem {
  return targetRefused(name, {
    why: `${onOneLine(path, 500)} is a link, or lies behind one`,
    next: 'See who put it there; nothing is written or read through links.',
  });
}

const kept = 'What was copied so far is used by the next try.';

/** What the system answered, as a problem; a bug stays what it is. */
export function folderProblem(name: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined) return error;
  if (code === 'ELOOP') return leadsElsewhere(name, 'A file there');
  if (['ENOSPC', 'EDQUOT'].includes(code)) return full(name);
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return targetRefused(name, {
      why: `this user may not do that there (${code})`,
      next: 'Give yourself the right to read and write in the folder.',
    });
  }
  return copyFailed(
    name,
    {
      why: `the system says ${code}`,
      next: 'See that the disk is whole and the share still mounted, then run it again.',
    },
    kept,
  );
}

function full(name: string): Problem {
  return copyFailed(
    name,
    {
      why: 'there is no space left',
      next: 'Make room there, then run it again: it goes on where it stopped.',
    },
    kept,
  );
}

export function noRoom(name: string, needs: number, has: number): Problem {
  return copyFailed(
    name,
    {
      why: `there is no space for it: it needs ${needs} bytes, and ${has} are free`,
      next: 'Make room there, or prune, then run it again.',
    },
    'Nothing was begun.',
  );
}

export function tooLong(name: string, path: string): Problem {
  return targetRefused(name, {
    why: `${onOneLine(path, 300)} there is larger than ours are`,
    next: 'See what it is.',
  });
}

export function tooMany(name: string): Problem {
  return targetRefused(name, {
    why: `it has more than ${limits.files} files`,
    next: 'Give this target a folder of its own.',
  });
}
