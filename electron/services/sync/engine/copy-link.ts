import { lchownSync, lutimesSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { systemErrorCode } from '../../durable/system-error.ts';
import { ChangedMeanwhile, tryChange } from './copy-file.ts';
import type { Entry } from './entry.ts';
import type { NativePath } from './folder-chain.ts';
import { isStill, lookAt } from './look-at.ts';
import { systemTime } from './system-time.ts';

/**
 * Makes a link with the same target, whatever that is, and with its time and owner as far as this user may set them. Nothing
 * is left under the name when it throws: ChangedMeanwhile, or the system's error.
 */
export function copyLink(
  from: NativePath,
  to: NativePath,
  expected: Entry,
  { steadyInodes }: { readonly steadyInodes: boolean },
): Entry {
  if (!isStill(expected, lookAt(from), { steadyInodes })) throw new ChangedMeanwhile();
  symlinkSync(readTarget(from), to);
  try {
    tryChange(() => lchownSync(to, expected.uid, expected.gid));
    lutimesSync(to, systemTime(Date.now()), systemTime(expected.mtimeMs));
    const made = lookAt(to);
    if (!made) throw new ChangedMeanwhile();
    return made;
  } catch (error) {
    unlinkSync(to);
    throw error;
  }
}

/** As bytes: a target need not be UTF-8 either. */
function readTarget(path: NativePath): Buffer {
  try {
    return readlinkSync(path, 'buffer');
  } catch (error) {
    throw ['EINVAL', 'ENOENT'].includes(systemErrorCode(error) ?? '') ? new ChangedMeanwhile() : error;
  }
}
