import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { systemErrorCode } from '../../durable/system-error.ts';
import { ClockStretches, mostStretches } from './clock-stretches.ts';
import { FolderChain } from './folder-chain.ts';
import { removeQuietly } from './give-free-name.ts';
import { temporaryPrefix, trashName } from './reserved-names.ts';

/** In the trash of a root; not called as a record is. */
const agesName = 'ages';
/** Some hundred thousand iterations. */
const mostBytes = 16 << 20;
/** Less passes again the next time: a run every few minutes that has nothing to do need not write. */
const leastWrittenMs = 60 * 60_000;
/** Clocks of several machines differ by as much. */
const noStepBackMs = 5 * 60_000;

const agesSchema = z.object({
  schema: z.literal('sifaka.sync-trash-ages/1'),
  /** By the clock of whoever looked last, milliseconds since 1970. */
  looked: z.number(),
  /** What has passed between looks, milliseconds. */
  passed: z.number().nonnegative(),
  /** What had passed when the clock last stepped back. */
  steppedBack: z.number().nonnegative().optional(),
  /** What the clock has gone through since it was last right for long: from and to, milliseconds since 1970. */
  gone: z
    .array(z.tuple([z.number(), z.number()]))
    .max(mostStretches)
    .default([]),
  /** What had passed when an iteration was first seen. */
  since: z.record(z.uuid(), z.number()),
});
type Ages = z.infer<typeof agesSchema>;

/**
 * How old the iterations of a trash are: not by the clock, which may be set wrong by years, but by the time that passed from
 * one look to the next. A pause counts for no more than `longestPause`, since nothing tells a long one from a clock that
 * jumped ahead; and for nothing in the `settling` after a clock has stepped back, when it has just been seen to be wrong. What
 * a clock goes through a second time meanwhile has not passed again: it may be set back and forth by less. Where what is
 * written down is lost or damaged, everything is new, and stays longer.
 */
export class TrashAges {
  readonly #folders: FolderChain;
  readonly #now: number;
  readonly #before: Ages | undefined;
  readonly #passed: number;
  readonly #steppedBack: number | undefined;
  readonly #gone: ClockStretches;
  readonly #since = new Map<string, number>();

  /** The system's error; the trash must be there. */
  constructor(
    root: string,
    {
      now,
      longestPause,
      settling,
    }: { readonly now: Date; readonly longestPause: number; readonly settling: number },
  ) {
    this.#folders = new FolderChain(root);
    this.#now = now.getTime();
    this.#before = this.#readOrClose();
    const { looked = this.#now, passed = 0, steppedBack, gone } = this.#before ?? {};
    const pause = this.#now - looked;
    const settled = steppedBack === undefined || passed - steppedBack >= settling;
    this.#gone = new ClockStretches(gone);
    if (settled) this.#gone.forget();
    if (pause > longestPause) this.#passed = passed + (settled ? longestPause : 0);
    else this.#passed = passed + (pause > 0 ? this.#gone.add(looked, this.#now) : 0);
    this.#steppedBack = pause < -noStepBackMs ? this.#passed : steppedBack;
  }

  /** Milliseconds; one that is seen for the first time begins now. */
  of(iteration: string): number {
    const since = this.#before?.since[iteration] ?? this.#passed;
    this.#since.set(iteration, since);
    return this.#passed - since;
  }

  /** Writes down what was asked for. The system's error. */
  save(): void {
    if (!this.#isNews()) return;
    const ages: Ages = {
      schema: 'sifaka.sync-trash-ages/1',
      looked: this.#now,
      passed: this.#passed,
      ...(this.#steppedBack !== undefined && { steppedBack: this.#steppedBack }),
      gone: this.#gone.known.map(([from, to]) => [from, to]),
      since: Object.fromEntries(this.#since),
    };
    const trash = this.#folders.folder(trashName);
    const temporary = trash.at(`${temporaryPrefix}${agesName}`);
    // One that a kill left, or a link that somebody put there: neither is written into.
    removeQuietly(temporary);
    writeFileSync(temporary, `${JSON.stringify(ages)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, trash.at(agesName));
  }

  close(): void {
    this.#folders.close();
  }

  #isNews(): boolean {
    const before = this.#before;
    if (before === undefined || Math.abs(this.#now - before.looked) >= leastWrittenMs) return true;
    const known = Object.keys(before.since);
    return known.length !== this.#since.size || known.some((iteration) => !this.#since.has(iteration));
  }

  /** Nobody closes what was not made. */
  #readOrClose(): Ages | undefined {
    try {
      return this.#read();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #read(): Ages | undefined {
    let file: number | undefined;
    try {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      file = openSync(this.#folders.folder(trashName).at(agesName), flags);
      const about = fstatSync(file);
      if (!about.isFile() || about.size > mostBytes) return undefined;
      return agesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined || code === 'ENOENT' || code === 'ELOOP') return undefined;
      throw error;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
