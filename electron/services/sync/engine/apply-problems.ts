import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { openFilesWords } from './open-files.ts';
import { trashName } from './reserved-names.ts';
import { errorCode, failureText } from './system-words.ts';

/** The deadline passed before a renewal found the lock lost. */
export function lockLost(): Problem {
  return new Problem('SYNC_LOCK_LOST', {
    what: 'The lock of this pair ran out while the run was under way.',
    state: 'Nothing was changed after that; what had been changed before is whole.',
    next: 'See what else ran on this pair, then run again.',
  });
}

/** Whoever tells more of the state tells this as well. */
export const notDurableState = 'The changes were made; a power cut now could lose some of them.';

/** `code`: why its file system did not confirm it, or could not be asked. */
export function notDurable(code: string): Problem {
  return new Problem('SYNC_INCOMPLETE', {
    what: 'The destination’s file system did not confirm that everything is on its drives.',
    next: 'Look at the health of the destination’s drives, then run again.',
    ...openFilesWords(code),
    state: notDurableState,
  });
}

/** What the system said where no single file is to blame: SYNC_INCOMPLETE. Anything else, such as a bug, stays what it is. */
export function rootTrouble(error: unknown, root: string): unknown {
  if (asProblem(error) || systemErrorCode(error) === undefined) return error;
  const trash = join(root, trashName);
  if (['ENOTDIR', 'ELOOP'].includes(errorCode(error)) && isNoFolder(trash)) {
    return new Problem(
      'SYNC_INCOMPLETE',
      {
        what: `${trash} is not a folder but a link or a file, and so nothing can be kept there.`,
        state: 'What was changed before that is whole. Without its trash a run changes nothing.',
        next: 'Move it away, then run again: a new trash is made. What a link led to is still where it was.',
      },
      { cause: error },
    );
  }
  return new Problem(
    'SYNC_INCOMPLETE',
    {
      what: `${root} and its trash could not be worked with. ${failureText(errorCode(error))}`,
      state: 'What was changed before that is whole, and what it replaced is in the trash.',
      next: 'Look at the drive or mount of that folder, then run again: the run looks through what this one left.',
    },
    { cause: error },
  );
}

function isNoFolder(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    // The error that there was before is the one to tell of.
    return false;
  }
}
