import type { CardImage } from '../card-image.ts';
import type { LoopDevice } from '../loop-device.ts';
import type { Command, Measured } from '../measure.ts';
import type { Format } from '../settings.ts';
import type { Range } from '../used-ranges.ts';

/** What is burned onto what. */
export interface Task {
  readonly image: CardImage;
  readonly format: Format;
  readonly device: LoopDevice;
  /** What the file systems of the image have in use. */
  readonly used: readonly Range[];
  /** For temporary files, on the disk that also holds the images. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What is on the device after a run: nothing more to say, or in which way it is not the card. */
export type Verdict =
  | { readonly good: true; readonly note?: string }
  | { readonly good: false; readonly why: string };

export interface Contestant {
  readonly name: string;
  /** Exactly what is run, in one line. */
  readonly method: string;
  /** Why it takes no part, where it cannot. */
  unable?(task: Task): string | undefined;
  /** Before the caches are dropped; not timed. */
  prepare?(task: Task): Promise<void>;
  command(task: Task): Command;
  /** Not timed. */
  check(task: Task, measured: Measured): Promise<Verdict>;
}
