import type { ByteName } from './entry.ts';

// Every thread that walks loads this file, so it loads nothing itself.

/** At the root of both sides: says that this folder is the one that was meant, and not an empty mount point. */
export const markerName = '.sifaka-sync.json';
/** What every name of a copy that is not finished begins with. */
export const temporaryPrefix = '.sifaka-tmp-';
/** In the log folder, which may lie inside a root, or be reached in one through another mount. */
export const logFolderMarkerName = '.sifaka-sync-log';
/** At the root of a side: every version that lost. */
export const trashName = '.sifaka-trash';

/** All of it, or it is somebody's own file, which is synced as any other: an iteration's, a probe's or a marker's. */
const ofOurs = /^\.sifaka-tmp-(?:probe-|marker-)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:-[^/]+)?$/;

export function isTemporaryName(name: ByteName): boolean {
  return name.startsWith(temporaryPrefix) && ofOurs.test(name);
}

const sillyRename = /^\.nfs[\da-f]+$/;

/**
 * Names that are no part of what is synced: markers, trash, temporaries, and what an NFS client makes of a file that was
 * deleted while it was open (`.nfs` and hexadecimal digits, "silly rename").
 */
export function isReserved(name: ByteName): boolean {
  return (
    name.charCodeAt(0) === 46 &&
    ((name.startsWith('.nfs') && sillyRename.test(name)) ||
      isTemporaryName(name) ||
      name === trashName ||
      name === markerName)
  );
}
