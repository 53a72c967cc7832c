/**
 * What has to be added to "read back": where a file system cannot be read past the system's cache, the bytes may have come
 * from memory, and that proves less.
 */
export function cacheNote({ readFromMedium }: { readonly readFromMedium: boolean }): string {
  return readFromMedium
    ? ''
    : '; this file system answers from memory, so the medium itself may not have been read';
}
