import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isMissing, systemErrorCode } from '../durable/system-error.ts';

/** `.partial-<machine>-<pid>-<uuid>`: who is writing it stands in its name, so that it can be cleaned up after them. */
const pattern = /^\.partial-([0-9a-f]{8})-(\d{1,10})-[0-9a-f-]{36}$/;
const oneDay = 24 * 60 * 60 * 1000;

export function temporaryPath(folder: string): string {
  return join(folder, `.partial-${machine()}-${process.pid}-${randomUUID()}`);
}

/**
 * Removes what runs that ended without cleaning up left in the cache: files of a process of this machine that is gone,
 * and any that nobody has written to for a day.
 */
export async function removeLeftovers(folder: string, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const match = pattern.exec(name);
    if (!match) continue;
    const path = join(folder, name);
    try {
      const ownerIsGone = match[1] === machine() && !isRunning(Number(match[2]));
      if (ownerIsGone || now.getTime() - (await stat(path)).mtimeMs > oneDay) await rm(path, { force: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** Pids mean nothing on another machine or in another container; its host name tells them apart. */
function machine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}
