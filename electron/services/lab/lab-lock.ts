import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import { jobOwnerSchema } from '../../../shared/schemas/job.ts';
import { timestampSchema } from '../../../shared/schemas/names.ts';
import type { Clock } from '../clock.ts';
import type { ProcessIdentity } from '../jobs/process-identity.ts';
import { systemErrorCode, writeProblem } from './file-errors.ts';
import { onOneLine } from './plain-text.ts';

/** The lock of a lab, in its root, so that it holds for every machine that shares the folder. */
export const lockFileName = '.sifaka.lock';

const lockSchema = z.object({
  /** Of this one lock; never comes back. */
  nonce: z.string().regex(/^[0-9a-f-]{36}$/),
  owner: jobOwnerSchema,
  since: timestampSchema,
});

/** A lock as found; the owner of one that cannot be read is not known. */
interface FoundLock {
  readonly nonce: string;
  readonly holder: z.infer<typeof lockSchema> | undefined;
  readonly ageMilliseconds: number;
}

/** One that cannot be read and is older than this was left by a crash, not caught while it was being made. */
const unreadableAfterMilliseconds = 10_000;
/** Nobody takes that long from writing a lock to giving it its name, on whatever machine. */
const leftAfterMilliseconds = 24 * 60 * 60 * 1000;
/** Everyone who was about to remove a dead lock has died in doing so, this many times. */
const deepestTakeover = 8;

export interface LabLockOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** How long to wait for another holder before LAB_LOCKED. */
  readonly waitMilliseconds: number;
}

/**
 * Mutual exclusion of all writers of a lab: calls of this process queue, other processes are kept out by a file that
 * appears with its whole content in one step (link(2)).
 *
 * A dead holder's lock may only be removed by who holds another lock named by its nonce. That nonce never comes back,
 * so a process that is late with its removal finds another nonce and leaves it alone.
 */
export class LabLock {
  private readonly options: LabLockOptions;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(options: LabLockOptions) {
    this.options = options;
  }

  /** Runs alone in this lab. LAB_LOCKED, LAB_READ_ONLY, LAB_UNWRITABLE. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.queue.then(() => this.hold(work));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    const file = join(this.options.root, lockFileName);
    await this.acquire(file);
    try {
      // Litter does no harm: it is no reason not to do what was asked for.
      await this.sweep().catch(() => undefined);
      return await work();
    } finally {
      await rm(file, { force: true }).catch((error: unknown) => {
        throw writeProblem(
          lockFileName,
          error,
          'What was asked for is done, but the lab stays locked by this process.',
        );
      });
    }
  }

  private async acquire(file: string): Promise<void> {
    const until = performance.now() + this.options.waitMilliseconds;
    for (;;) {
      const held = await this.take(file, 0);
      if (held === undefined) return;
      if (performance.now() >= until) throw this.locked(held);
      await setTimeout(5 + Math.random() * 20);
    }
  }

  /** Makes the lock, or answers the lock of whoever has it. */
  private async take(file: string, depth: number): Promise<FoundLock | undefined> {
    for (;;) {
      if (await this.make(file)) return undefined;
      const found = await this.read(file);
      if (found === undefined) continue;
      if (this.isHeld(found) || depth === deepestTakeover) return found;
      const right = join(this.options.root, `${lockFileName}.${found.nonce}`);
      const other = await this.take(right, depth + 1);
      if (other !== undefined) return other;
      try {
        if ((await this.read(file))?.nonce === found.nonce) await rm(file, { force: true });
      } finally {
        await rm(right, { force: true });
      }
    }
  }

  private isHeld(found: FoundLock): boolean {
    if (found.holder) return this.options.identity.isAlive(found.holder.owner);
    return found.ageMilliseconds < unreadableAfterMilliseconds;
  }

  private async make(file: string): Promise<boolean> {
    const { clock, identity, root } = this.options;
    const content = JSON.stringify({
      nonce: randomUUID(),
      owner: identity.self,
      since: clock.now().toISOString(),
    });
    const temporary = join(root, `${lockFileName}.${randomUUID()}.new`);
    try {
      try {
        await writeFile(temporary, content, { flag: 'wx', mode: 0o644 });
        await link(temporary, file);
        return true;
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === 'EEXIST') return false;
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
        // A file system without hard links (FAT): for a moment the lock is there without its content.
        await writeFile(file, content, { flag: 'wx', mode: 0o644 });
        return true;
      } finally {
        await rm(temporary, { force: true });
      }
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw writeProblem(lockFileName, error);
    }
  }

  /** Removes what was to become a lock when its process died or its disk was full. */
  private async sweep(): Promise<void> {
    for (const name of await readdir(this.options.root)) {
      if (!name.startsWith(`${lockFileName}.`) || !name.endsWith('.new')) continue;
      const file = join(this.options.root, name);
      const found = await this.read(file);
      const isOld = found !== undefined && found.ageMilliseconds > leftAfterMilliseconds;
      if (found && (isOld || !this.isHeld(found))) await rm(file, { force: true });
    }
  }

  private async read(file: string): Promise<FoundLock | undefined> {
    try {
      const about = await lstat(file);
      const ageMilliseconds = Date.now() - about.mtimeMs;
      const unreadable = {
        nonce: `unreadable-${about.ino}-${Math.trunc(about.mtimeMs)}`,
        holder: undefined,
        ageMilliseconds,
      };
      if (!about.isFile()) return unreadable;
      const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
        const holder = parseLock(buffer.toString('utf8', 0, bytesRead));
        return holder ? { nonce: holder.nonce, holder, ageMilliseconds } : unreadable;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw writeProblem(lockFileName, error);
    }
  }

  private locked({ holder }: FoundLock): Problem {
    const who = holder
      ? `process ${holder.owner.pid} on ${onOneLine(holder.owner.host, 80)}, since ${holder.since}`
      : 'a process that does not say who it is';
    return new Problem('LAB_LOCKED', {
      what: `Another Sifaka is changing this lab: ${who}.`,
      state: 'Nothing was changed.',
      next: `Try again when it is done. If that machine no longer runs, remove ${lockFileName} from the lab folder.`,
      where: { file: lockFileName },
    });
  }
}

function parseLock(text: string): z.infer<typeof lockSchema> | undefined {
  try {
    const parsed = lockSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
