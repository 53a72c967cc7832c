import { randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { jobOwnerSchema } from '../../../shared/schemas/job-owner.ts';
import { timestampSchema } from '../../../shared/schemas/names.ts';
import type { Clock } from '../clock.ts';
import { linkTo, renameOver } from '../durable/give-name.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { writeNewFile } from '../durable/write-file.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What stands in every lock file; what it is about stands beside it. */
const ownedLockSchema = z.object({
  /** Of this one lock: no other lock, before or after it, has the same. */
  nonce: z.uuid(),
  owner: jobOwnerSchema,
  since: timestampSchema,
});

/** A lock as found; who holds one that cannot be read is not known. */
export interface FoundLock<About> {
  /** Of an unreadable lock: made up from the file's own identity, so that it too can be claimed. */
  readonly nonce: string;
  readonly modifiedAt: number;
  readonly lock?: z.infer<typeof ownedLockSchema> & { readonly about: About };
}

export interface OwnedLocksOptions<About> {
  /** The folder that holds the lock files; it must be there. */
  readonly folder: string;
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  readonly about: z.ZodType<About>;
  /** Of the lock files, so that whoever shares the folder can read who holds it. */
  readonly mode: number;
}

/** A lock file without readable content that is older than this was left by a crash, not caught while being made. */
const unreadableAfterMilliseconds = 10_000;
/** Nobody takes that long from writing a lock to giving it its name, on whatever machine. */
const leftAfterMilliseconds = 24 * 60 * 60 * 1000;
/** Everyone who is ahead in taking over a dead lock has died in doing so, this many times. */
const deepestTakeover = 8;
/** A nonce is appended to it, and a file name has 255 bytes. */
const longestPrefix = 64;

/**
 * Lock files owned by processes. A lock appears with its whole content in one step (link(2)).
 *
 * A lock whose owner is dead is taken over by renaming an own lock over it. Only who holds the *claim* on exactly that
 * dead lock (another lock file, named by the dead one's nonce) and still finds it there may do so; since nonces never
 * come back, two processes cannot both replace it, however late one of them is.
 *
 * Errors of the file system are thrown as they are; whoever uses this says them in words.
 */
export class OwnedLocks<About extends object> {
  private readonly options: OwnedLocksOptions<About>;

  constructor(options: OwnedLocksOptions<About>) {
    this.options = options;
  }

  /** Takes the lock and answers its nonce, or answers the lock of the living who has it. `name` is a file name. */
  async take(name: string, about: About, depth = 0): Promise<string | { held: FoundLock<About> }> {
    const { folder, identity, clock } = this.options;
    const file = join(folder, name);
    const nonce = randomUUID();
    const content = JSON.stringify({
      ...about,
      nonce,
      owner: identity.self,
      since: clock.now().toISOString(),
    });
    const temporary = join(folder, `${prefixOf(name)}.${nonce}.new`);
    try {
      await writeNewFile(temporary, content, this.options.mode);
      for (;;) {
        if (await this.create(file, temporary, { nonce, content })) return nonce;
        const found = await this.read(file);
        if (!found) continue;
        if (this.isHeld(found) || depth === deepestTakeover) return { held: found };
        const claimName = `${prefixOf(name)}.${found.nonce}.claim`;
        const claim = await this.take(claimName, about, depth + 1);
        // Somebody alive is about to take it over.
        if (typeof claim !== 'string') return claim;
        try {
          if ((await this.read(file))?.nonce !== found.nonce) continue;
          await renameOver(temporary, file);
          return nonce;
        } finally {
          await this.drop(claimName, claim);
        }
      }
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes a lock of ours; nobody else touches it while we live. */
  async drop(name: string, nonce: string): Promise<void> {
    const file = join(this.options.folder, name);
    if ((await this.read(file))?.nonce === nonce) await rm(file, { force: true });
  }

  /** Removes what crashed processes left of earlier attempts; whoever still holds such a claim finds its lock gone. */
  async sweep(name: string): Promise<void> {
    const { folder, clock } = this.options;
    for (const other of await readdir(folder)) {
      if (!other.startsWith(`${prefixOf(name)}.`) || other === name) continue;
      const left = await this.read(join(folder, other));
      if (!left) continue;
      const isOld = other.endsWith('.new') && clock.now().getTime() - left.modifiedAt > leftAfterMilliseconds;
      if (isOld || !this.isHeld(left)) await rm(join(folder, other), { force: true });
    }
  }

  private isHeld({ lock, modifiedAt }: FoundLock<About>): boolean {
    const { identity, clock } = this.options;
    if (lock) return identity.isAlive(lock.owner);
    return Math.abs(clock.now().getTime() - modifiedAt) < unreadableAfterMilliseconds;
  }

  /** Gives the temporary file its name in one step; false when there is a lock. */
  private async create(
    file: string,
    temporary: string,
    mine: { nonce: string; content: string },
  ): Promise<boolean> {
    const answer = await linkTo(temporary, file);
    if (answer !== 'unsupported') return answer === 'linked';
    // Without second names it is made in two steps; a look and a rename would let two believe that they have it.
    try {
      await writeNewFile(file, mine.content, this.options.mode);
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    }
    // Whoever was held up for long between the two steps may have been taken for dead.
    return (await this.read(file))?.nonce === mine.nonce;
  }

  private async read(file: string): Promise<FoundLock<About> | undefined> {
    try {
      const info = await lstat(file, { bigint: true });
      const found = { nonce: `unreadable-${info.ino}-${info.mtimeNs}`, modifiedAt: Number(info.mtimeMs) };
      if (!info.isFile() || info.size > 65_536n) return found;
      const lock = this.parse(await readFile(file, 'utf8'));
      return lock ? { ...found, nonce: lock.nonce, lock } : found;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  private parse(text: string): FoundLock<About>['lock'] {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    const lock = ownedLockSchema.safeParse(value);
    const about = this.options.about.safeParse(value);
    return lock.success && about.success ? { ...lock.data, about: about.data } : undefined;
  }
}

function prefixOf(name: string): string {
  return basename(name).slice(0, longestPrefix);
}
