import type { BlockSource, ByteRange } from './block-source.ts';

export interface Partition {
  /** Counted from 1. */
  readonly number: number;
  readonly offset: number;
  readonly length: number;
  /** By its content, not by its type byte. */
  readonly fileSystem: 'ext4' | 'fat' | 'unknown';
}

/**
 * One thing to put onto the card. Parent folders that are missing are made 0755 root; symlinks on the way are followed
 * within the partition. What lies at the path itself is replaced if it is a file or a symlink and refused otherwise
 * (INJECTION_CONFLICT), but for a directory where one is wanted. Owners above 65535 are refused; on FAT, modes and
 * owners have no meaning and symlinks are refused.
 */
export type Injection =
  | {
      partition: number;
      path: string;
      kind: 'file';
      mode: number;
      uid: number;
      gid: number;
      content: Uint8Array;
    }
  | { partition: number; path: string; kind: 'symlink'; uid: number; gid: number; linkTarget: string }
  | { partition: number; path: string; kind: 'directory'; mode: number; uid: number; gid: number };

export interface PathInfo {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/** What the file systems of an image hold, asked before anything is planned. */
export interface ImageFacts {
  readonly size: number;
  readonly partitions: readonly Partition[];
  /** Sorted, disjoint; everything but what ext4 and FAT mark free. */
  readonly mapped: readonly ByteRange[];
}

/**
 * A golden image with a node's changes over it: base ⊕ delta. The base is never written; the delta lives in memory.
 */
export interface CardImage extends BlockSource {
  readonly partitions: readonly Partition[];
  /** Does not follow a symlink at the end of the path. */
  stat(partition: number, path: string): Promise<PathInfo | undefined>;
  /** Follows symlinks; `undefined` when it is no file. INJECTION_TOO_LARGE when it is larger than the limit. */
  readFile(partition: number, path: string, limitBytes: number): Promise<Uint8Array | undefined>;
  /** Applies all or nothing; times on the card are `clock`; progress counts changes. INJECTION_CONFLICT, INJECTION_TOO_LARGE, IMAGE_LAYOUT_UNSUPPORTED. */
  inject(
    changes: readonly Injection[],
    options: { clock: Date; signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
  ): Promise<void>;
  /** The blocks that must be on the card, after the changes. */
  mapped(): Promise<ByteRange[]>;
  /** The blocks the changes touched: sorted, disjoint. */
  changed(): ByteRange[];
  close(): void;
}
