import { t } from '@lingui/core/macro';

/** What was read back or when, and the reservation of shared/read-back.ts where the medium itself may not have been read. */
export function readBackWords(
  what: string,
  { readFromMedium }: { readonly readFromMedium: boolean },
): string {
  return readFromMedium
    ? what
    : t`${what}; this file system answers from memory, so the medium itself may not have been read`;
}
