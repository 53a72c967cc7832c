import type { FileSystemKind } from '../../../rig/file-systems/mount-file-system.ts';
import type { World } from './world.ts';

/** How a run of a tool over both directions ended; `says`: what it printed, or the problem and the notices. */
export interface Ended {
  /** 0 in all passes: nothing was said to be wrong. */
  readonly clean: boolean;
  /** As in `exit 23`, of the first pass that did not end with 0. */
  readonly exit: string;
  readonly says: string;
  /** What only Sifaka has, sorted. */
  readonly rows?: readonly string[];
  readonly notices?: readonly string[];
  readonly problem?: string;
}

/**
 * One row of the table: what lies on both sides, what happens meanwhile, and how to see what a tool made of it. The words of
 * `seen` are the same for every tool; what Sifaka must come to is below `sifaka`, word for word.
 */
export interface Hazard {
  readonly title: string;
  /** B on a small disk of its own. */
  readonly disk?: FileSystemKind;
  prepare(world: World): void;
  /** After both sides were synchronized once by the tool itself. */
  afterwards?(world: World): void;
  /** While the passes run. */
  meanwhile?(world: World): Promise<AsyncDisposable>;
  /** The words where nothing of that came while the passes ran, as on a busy machine: it is replayed once more. */
  readonly undisturbed?: string;
  /** After the passes. */
  finally?(world: World): void | Promise<void>;
  /** One or two passes; both by default. */
  readonly onlyForth?: boolean;
  /** Deletions are asked for on the way from A to B. */
  readonly deletions?: true;
  /** Every file is read. */
  readonly checksum?: true;
  seen(world: World, ended: Ended): string;
  readonly sifaka: {
    readonly words: string;
    /** As in `a→b update name newer trashed`; of the last two passes. */
    readonly rows: readonly string[];
    /** As in `future-time name`, of the last two passes. */
    readonly notices?: readonly string[];
    readonly problem?: string;
    /** Both sides afterwards, where the words do not say all of it. */
    readonly a?: Readonly<Record<string, string>>;
    readonly b?: Readonly<Record<string, string>>;
  };
}
