import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import type { Clock } from '../clock.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { journalUnwritable } from './file-errors.ts';
import { inWords } from './journal-state.ts';
import { type FoundLock, OwnedLocks } from './owned-lock.ts';
import type { ProcessIdentity } from './process-identity.ts';

const holderSchema = z.object({ subject: z.string(), jobId: z.uuid(), title: z.string() });
type Holder = z.infer<typeof holderSchema>;

export interface HeldLock {
  release(): Promise<void>;
}

/** One lock per subject, across the processes of this machine. */
export interface SubjectLocks {
  /** TARGET_IN_USE, naming the job that holds it, when somebody alive does. `subject` must be canonical (a real path). */
  acquire(subject: string, holder: { jobId: string; title: string }): Promise<HeldLock>;
}

/** A lock is a file in `folder`, `<sha256 of the subject>.lock`. */
export function createSubjectLocks({
  folder,
  identity,
  clock,
}: {
  folder: string;
  identity: ProcessIdentity;
  clock: Clock;
}): SubjectLocks {
  const locks = new OwnedLocks({ folder, identity, clock, about: holderSchema, mode: 0o600 });
  return {
    async acquire(subject, { jobId, title }) {
      const name = `${createHash('sha256').update(subject).digest('hex')}.lock`;
      let taken: Awaited<ReturnType<typeof locks.take>>;
      try {
        await makeFolders(folder, { mode: 0o700 });
        taken = await locks.take(name, { subject, jobId, title });
      } catch (error) {
        throw journalUnwritable(folder, nothingStarted, error);
      }
      if (typeof taken !== 'string') throw inUse(subject, join(folder, name), taken.held, identity);
      const nonce = taken;
      // Litter does no harm: it is no reason to give back a lock that was taken.
      await locks.sweep(name).catch(() => undefined);
      return { release: () => locks.drop(name, nonce) };
    },
  };
}

const nothingStarted = 'Nothing was started and nothing was changed.';

function inUse(
  subject: string,
  file: string,
  { lock }: FoundLock<Holder>,
  identity: ProcessIdentity,
): Problem {
  if (!lock) {
    return new Problem('TARGET_IN_USE', {
      what: `${subject} is being taken by another run at this moment.`,
      state: nothingStarted,
      next: 'Try again in a few seconds.',
    });
  }
  const { since, owner } = lock;
  const { title, jobId } = lock.about;
  return new Problem('TARGET_IN_USE', {
    what: `${subject} is in use by “${title}” (job ${jobId}) since ${inWords(since)}, process ${owner.pid} on ${owner.host}.`,
    state: nothingStarted,
    next:
      owner.host === identity.self.host
        ? `Wait until it has ended, follow it with “sifaka jobs follow ${jobId}”, or stop it with “sifaka jobs cancel ${jobId}”.`
        : `Wait until that job has ended. If ${owner.host} is gone for good, remove ${file}.`,
  });
}
