import { whyNotOnWindows } from '../../../shared/windows-names.ts';
import { isWithin, nearestRealPath } from '../durable/real-place.ts';
import { refused } from './target-problems.ts';

/** Where the kernel shows devices, processes and itself as files; no such path is a place on Windows. */
const kernelFolders = ['/dev', '/proc', '/sys'];
/** `.<name>.sifaka-partial` must be a name too; 255 bytes is the limit of ext4, NTFS (there UTF-16 units) and APFS. */
const longestNameBytes = 255 - '..sifaka-partial'.length;

/**
 * Refuses what cannot be a path that an operator meant: control characters and marks that turn the direction of the
 * text around (what is reviewed must be what is written), Windows' device names and streams.
 */
export function checkPathText(path: string, platform: NodeJS.Platform = process.platform): void {
  checkIsShown(path);
  if (platform !== 'win32') return;
  const names = path.replace(/^[a-z]:/i, '').split(/[\\/]/);
  if (/^[\\/]{2}[.?][\\/]/.test(path) || names.some((name) => whyNotOnWindows(name) !== undefined)) {
    throw refused(
      'TARGET_NAME_INVALID',
      'The path of the target is a device, a stream or a name that Windows reserves.',
      'Choose the path of an ordinary file.',
    );
  }
}

/** The first part of {@link checkPathText}, which is all that can be wrong with the path of a whole drive. */
export function checkIsShown(path: string): void {
  if (/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(path) || !path.isWellFormed()) {
    throw refused(
      'TARGET_NAME_INVALID',
      'The path of the target has characters that cannot be shown.',
      'Choose a path of plain letters, digits and punctuation.',
    );
  }
}

export function checkNewName(name: string): void {
  if (name !== '' && Buffer.byteLength(name) <= longestNameBytes) return;
  throw refused(
    'TARGET_NAME_INVALID',
    'The new file has no name, or one that is too long.',
    'Choose a shorter name.',
  );
}

/**
 * Refuses what Sifaka or the lab keeps, and what the kernel shows as files: a new file in the folder of devices is the
 * misspelt name of a card that is not inserted, and would fill the memory. `path` is a real path.
 */
export async function checkPlace(path: string, protectedPaths: readonly string[]): Promise<void> {
  for (const folder of protectedPaths) {
    if (!isWithin(await nearestRealPath(folder), path)) continue;
    throw refused(
      'TARGET_UNSUPPORTED',
      `${path} lies in ${folder}, which the lab or Sifaka itself keeps.`,
      'Choose a target outside of it.',
    );
  }
  if (kernelFolders.some((folder) => isWithin(folder, path))) {
    throw refused(
      'TARGET_UNSUPPORTED',
      `${path} lies where the devices and the kernel of this machine are.`,
      'Name a real drive as it stands in `sifaka drives`; anything else below /dev is no target.',
    );
  }
}
