import { createHash, randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import { jobOwnerSchema } from '../../../shared/schemas/job.ts';
import { timestampSchema } from '../../../shared/schemas/names.ts';
import type { Clock } from '../clock.ts';
import { linkTo, renameOver } from '../durable/give-name.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { writeNewFile } from '../durable/write-file.ts';
import { journalUnwritable } from './file-errors.ts';
import { inWords } from './journal-state.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What stands in a lock file. */
const lockSchema = z.object({
  /** Of this one lock: no other lock, before or after it, has the same. */
  nonce: z.uuid(),
  owner: jobOwnerSchema,
  subject: z.string(),
  jobId: z.uuid(),
  title: z.string(),
  since: timestampSchema,
});
type Lock = z.infer<typeof lockSchema>;

export interface HeldLock {
  release(): Promise<void>;
}

/** One lock per subject, across the processes of this machine. */
export interface SubjectLocks {
  /** TARGET_IN_USE, naming the job that holds it, when somebody alive does. `subject` must be canonical (a real path). */
  acquire(subject: string, holder: { jobId: string; title: string }): Promise<HeldLock>;
}

/** A lock file without readable content that is older than this was left by a crash, not caught while being made. */
const unreadableAfterMilliseconds = 10_000;
/** Everyone who is ahead in taking over a dead lock has died in doing so, this many times. */
const deepestTakeover = 8;

/**
 * A lock is a file, `<sha256 of the subject>.lock`, that appears with its whole content in one step (link(2)).
 *
 * A lock whose owner is dead is taken over by renaming an own lock over it. Only who holds the *claim* on exactly that
 * dead lock (another lock file, named by the dead one's nonce) and still finds it there may do so; since nonces never
 * come back, two processes cannot both replace it, however late one of them is.
 */
export function createSubjectLocks({
  folder,
  identity,
  clock,
}: {
  folder: string;
  identity: ProcessIdentity;
  clock: Clock;
}): SubjectLocks {
  /** Answers the nonce of the lock that was made, or the lock of the living who has it. */
  async function take(file: string, lock: Omit<Lock, 'nonce'>, depth = 0): Promise<string | { held: Found }> {
    const mine: Lock = { ...lock, nonce: randomUUID() };
    const temporary = join(folder, `${basename(file).slice(0, 64)}.${mine.nonce}.new`);
    try {
      await writeNewFile(temporary, JSON.stringify(mine));
      for (;;) {
        if (await createLock(file, temporary, mine)) return mine.nonce;
        const found = await readLock(file);
        if (!found) continue;
        if (isHeld(found) || depth === deepestTakeover) return { held: found };
        const claimFile = join(folder, `${basename(file).slice(0, 64)}.${found.nonce}.claim`);
        const claim = await take(claimFile, lock, depth + 1);
        // Somebody alive is about to take it over.
        if (typeof claim !== 'string') return claim;
        try {
          if ((await readLock(file))?.nonce !== found.nonce) continue;
          await renameOver(temporary, file);
          return mine.nonce;
        } finally {
          await drop(claimFile, claim);
        }
      }
    } finally {
      await rm(temporary, { force: true });
    }
  }

  function isHeld(found: Found): boolean {
    if (found.lock) return identity.isAlive(found.lock.owner);
    return Math.abs(clock.now().getTime() - found.modifiedAt) < unreadableAfterMilliseconds;
  }

  /** What crashed processes left behind of earlier takeovers; whoever still holds such a claim finds its lock gone. */
  async function sweep(file: string): Promise<void> {
    const prefix = `${basename(file).slice(0, 64)}.`;
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix) || name === basename(file)) continue;
      const left = await readLock(join(folder, name));
      if (left && !isHeld(left)) await rm(join(folder, name), { force: true });
    }
  }

  return {
    async acquire(subject, { jobId, title }) {
      const file = join(folder, `${createHash('sha256').update(subject).digest('hex')}.lock`);
      const since = clock.now().toISOString();
      let taken: string | { held: Found };
      try {
        await makeFolders(folder, { mode: 0o700 });
        taken = await take(file, { owner: identity.self, subject, jobId, title, since });
      } catch (error) {
        throw journalUnwritable(folder, nothingStarted, error);
      }
      if (typeof taken !== 'string') throw inUse(subject, file, taken.held, identity);
      const nonce = taken;
      // Litter does no harm: it is no reason to give back a lock that was taken.
      await sweep(file).catch(() => undefined);
      return { release: () => drop(file, nonce) };
    },
  };
}

const nothingStarted = 'Nothing was started and nothing was changed.';

/** Removes a lock of ours; nobody else touches it while we live. */
async function drop(file: string, nonce: string): Promise<void> {
  if ((await readLock(file))?.nonce === nonce) await rm(file, { force: true });
}

interface Found {
  /** Of an unreadable lock: made up from the file's own identity, so that it too can be claimed. */
  readonly nonce: string;
  readonly modifiedAt: number;
  readonly lock?: Lock;
}

async function readLock(file: string): Promise<Found | undefined> {
  try {
    const info = await lstat(file, { bigint: true });
    const found = { nonce: `unreadable-${info.ino}-${info.mtimeNs}`, modifiedAt: Number(info.mtimeMs) };
    if (!info.isFile() || info.size > 65_536n) return found;
    const lock = parseLock(await readFile(file, 'utf8'));
    return lock ? { ...found, nonce: lock.nonce, lock } : found;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseLock(text: string): Lock | undefined {
  try {
    return lockSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Makes the lock with its whole content in one step, from the temporary file that has it; false when there is one. */
async function createLock(file: string, temporary: string, lock: Lock): Promise<boolean> {
  const answer = await linkTo(temporary, file);
  if (answer !== 'unsupported') return answer === 'linked';
  // Without second names it is made in two steps; a look and a rename would let two believe that they have it.
  try {
    await writeNewFile(file, JSON.stringify(lock));
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  // Whoever was held up for long between the two steps may have been taken for dead.
  return (await readLock(file))?.nonce === lock.nonce;
}

function inUse(subject: string, file: string, { lock }: Found, identity: ProcessIdentity): Problem {
  if (!lock) {
    return new Problem('TARGET_IN_USE', {
      what: `${subject} is being taken by another run at this moment.`,
      state: nothingStarted,
      next: 'Try again in a few seconds.',
    });
  }
  const { title, jobId, since, owner } = lock;
  return new Problem('TARGET_IN_USE', {
    what: `${subject} is in use by “${title}” (job ${jobId}) since ${inWords(since)}, process ${owner.pid} on ${owner.host}.`,
    state: nothingStarted,
    next:
      owner.host === identity.self.host
        ? `Wait until it has ended, follow it with “sifaka jobs follow ${jobId}”, or stop it with “sifaka jobs cancel ${jobId}”.`
        : `Wait until that job has ended. If ${owner.host} is gone for good, remove ${file}.`,
  });
}
