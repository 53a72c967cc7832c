import type { BlockTarget } from './block-target.ts';

export interface FileTargetOptions {
  /** `read` opens an existing file read-only; `write` opens an existing file; `create` makes a new one of `size` bytes. */
  readonly mode: 'read' | 'write' | 'create';
  /** Bytes; only with `create`. */
  readonly size?: number;
}

export interface FileTarget extends BlockTarget {
  /** Whether reads pass the page cache; where false, a read may be answered from memory. */
  readonly readsMedium: boolean;
}

/**
 * A regular file as a target. TARGET_MISSING, TARGET_EXISTS, TARGET_UNSUPPORTED (not a regular file),
 * TARGET_UNWRITABLE, TARGET_FULL.
 */
export function createFileTarget(_path: string, _options: FileTargetOptions): Promise<FileTarget> {
  throw new Error('not built yet');
}
