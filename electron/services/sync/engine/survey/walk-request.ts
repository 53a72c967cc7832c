import type { ByteName } from '../entry.ts';

/** What a walk is told once, at its beginning: plain data, so that it can be sent to a thread. */
export interface WalkRequest {
  readonly source: WalkedRoot;
  readonly destination: WalkedRoot;
  readonly precisionMs: number;
  /** Reads files that look equal. */
  readonly checksum: boolean;
  /** Whether what only the destination has is told one by one, or only counted. */
  readonly deleteMissing: boolean;
  readonly caseSensitive: boolean;
  readonly normalizationSensitive: boolean;
  /** Whose times count for the digests of folders: the same root in both directions. */
  readonly timesOf: 'source' | 'destination';
  /** Digests of folders as they were last agreed on; absent when nothing is to be recorded. */
  readonly digests: SharedArrayBuffer | undefined;
}

export interface WalkedRoot {
  readonly bytes: ByteName;
  readonly device: number;
  readonly inode: number;
}

/** A folder that is to be looked at: on which sides it is, and its path. */
export interface FolderTask {
  readonly on: 'both' | 'source' | 'destination';
  readonly path: ByteName;
}
