import type { ByteName, Entry } from './entry.ts';
import type { KnownFolder } from './folder-chain.ts';

interface Removal {
  readonly path: ByteName;
  readonly before: Entry;
  /** The source had it no longer: when it has it again, nothing is removed. */
  readonly missingAtSource: boolean;
}

/** What a thread is asked to do with one path. Each is answered by an Outcome, in the same order. */
export type Order =
  /** Copies the source's file or link to the temporary. */
  | {
      readonly do: 'copy';
      readonly path: ByteName;
      readonly temporary: ByteName;
      readonly source: Entry;
    }
  /** Gives a temporary, or what lies in a trash, its live name; what was there goes to the trash. */
  | {
      readonly do: 'place';
      readonly path: ByteName;
      /** Where it lies: a path below the destination's root. */
      readonly from: ByteName;
      readonly made: Entry;
      readonly before: Entry | undefined;
    }
  /** Moves a file or link to the trash. */
  | ({ readonly do: 'remove' } & Removal)
  /** Removes a folder if it is empty. */
  | ({ readonly do: 'remove-folder' } & Removal)
  /** Makes a folder; a file or link that was there goes to the trash. */
  | {
      readonly do: 'make-folder';
      readonly path: ByteName;
      readonly source: Entry;
      readonly before: Entry | undefined;
    }
  /** Gives a folder that was made its mode and time, once its content is there. */
  | {
      readonly do: 'finish-folder';
      readonly path: ByteName;
      readonly source: Entry;
      /** An earlier iteration made it: whoever has changed its mode since is right. */
      readonly left?: true;
    }
  /** Sets the time of a file that has the same bytes. */
  | { readonly do: 'align'; readonly path: ByteName; readonly source: Entry; readonly before: Entry }
  | { readonly do: 'discard'; readonly path: ByteName; readonly temporary: ByteName };

export type Outcome = {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
} & (
  | {
      readonly result: 'done';
      /** What lies there now, or the temporary; absent when nothing does. */
      readonly after?: Entry;
      /** Whether what was there lies in the trash, and in which layer of it. */
      readonly trashed?: number;
    }
  /** Not as it was when the plan was made; nothing was done. `copied`: it changed while it was copied, twice. */
  | { readonly result: 'changed'; readonly copied: boolean }
  /** A folder that is not empty. */
  | { readonly result: 'kept' }
  | { readonly result: 'failed'; readonly code: string; readonly full: boolean; readonly trashed?: number }
  /** Not begun: see ThreadControl. */
  | { readonly result: 'stopped' }
);

/** What a thread is started with. */
export interface ApplyThreadData {
  readonly source: KnownFolder;
  readonly destination: KnownFolder;
  readonly iteration: string;
  readonly control: SharedArrayBuffer;
  readonly deadline: SharedArrayBuffer;
  readonly syncEach: boolean;
  readonly steadyInodes: { readonly source: boolean; readonly destination: boolean };
}
