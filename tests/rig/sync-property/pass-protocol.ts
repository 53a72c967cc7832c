/** What the pair of all passes is called. */
export const pair = 'property';

/** One pass, as the process is asked for it. */
export interface PassRequest {
  /** `in-place` and `careless`: unsafe-engine.ts. */
  readonly engine: 'sifaka' | 'in-place' | 'careless';
  readonly src: string;
  readonly dest: string;
  readonly direction: string;
  readonly logDir: string;
  readonly deleteMissing: boolean;
  readonly checksum: boolean;
  readonly workers: number;
  /** In one batch; the next one is prepared while it is carried out. */
  readonly operationsAtOnce: number;
  readonly thresholdSeconds: number;
}

/** What became of it. Plain data. */
export interface PassAnswer {
  /** The code of a problem; `killed` when the process was, `bug` for whatever is no problem. */
  readonly problem?: string;
  /** In words, for the story of a seed. */
  readonly text: string;
  /** What was changed, as in `update notes.txt success`. */
  readonly operations: readonly string[];
  /** Kinds and paths, escaped. */
  readonly notices: readonly { readonly kind: string; readonly filepath: string }[];
}
