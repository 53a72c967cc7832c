import type { ByteRange } from './block-source.ts';
import type { Injection, PathInfo } from './card-image.ts';

/** A file system of an image, opened for asking or for changing; whoever opens it calls one at a time. */
export interface Volume {
  /** Does not follow a symlink at the end of the path. */
  stat(path: string): Promise<PathInfo | undefined>;
  /** Follows symlinks within the volume. INJECTION_TOO_LARGE when the file is larger than the limit. */
  readFile(path: string, limitBytes: number): Promise<Uint8Array | undefined>;
  /** What the file system marks free, from the volume's start: sorted, disjoint. */
  freeRanges(): Promise<ByteRange[]>;
  apply(change: Injection, signal: AbortSignal | undefined): Promise<void>;
  /** Writes what is still held back and lets go. */
  close(): Promise<void>;
}
