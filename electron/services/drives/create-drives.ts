import type { Drives } from './drives.ts';

/** `protectedPaths`: a drive that carries one of them is not offered. */
export function createDrives(_ports: { protectedPaths: readonly string[] }): Drives {
  return {
    list: () => Promise.resolve([]),
    async *watch() {
      yield [];
    },
  };
}
