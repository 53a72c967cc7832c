import { mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of its own in memory, where there is such a place: making things durable there takes no time. What a disk does with
 * it is tested on disks. Whoever makes it removes it.
 */
export function makeFolderInMemory(prefix: string): string {
  const memory = '/dev/shm';
  const there = statSync(memory, { throwIfNoEntry: false })?.isDirectory() === true;
  return realpathSync(mkdtempSync(join(there ? memory : tmpdir(), prefix)));
}
