import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { systemErrorCode } from '../../durable/system-error.ts';
import { ChangedMeanwhile } from './copy-file.ts';
import type { NativePath } from './folder-chain.ts';
import { lookAt } from './look-at.ts';
import { noSecondNames } from './trash.ts';

/** Never over what has come there meanwhile: link(2) refuses where rename(2) would replace. */
export function giveFreeName(temporary: NativePath, live: NativePath): void {
  try {
    linkSync(temporary, live);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') throw new ChangedMeanwhile();
    if (!noSecondNames.includes(code)) throw error;
    if (lookAt(live)) throw new ChangedMeanwhile();
    renameSync(temporary, live);
    return;
  }
  removeQuietly(temporary);
}

/** A temporary that cannot be removed is left to the next run: what happened to the live name counts more. */
export function removeQuietly(path: NativePath): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or it stays.
  }
}
