import type { NodeFiles } from '../node/node-files.ts';
import type { PlaceFile } from './archive-layout.ts';

/** One file of an archive on the node where it was made. */
export interface SourceFile {
  readonly files: NodeFiles;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface Going {
  readonly signal: AbortSignal;
  /** Bytes of this file that are done by now. */
  readonly progress: (doneBytes: number) => void;
}

/** Somebody else's answer is never believed beyond this. */
export const limits = {
  /** A record: files of an export, and a hundred checks. */
  recordBytes: 1024 * 1024,
  /** Files at one target. */
  files: 200_000,
} as const;

export interface PlaceLook {
  /** Free space, where the target says. */
  readonly availableBytes?: number;
  /** It lies on the file system that the machine itself runs from: no NAS is mounted there. */
  readonly onRoot?: boolean;
}

/**
 * Files at a target, whatever kind it is. Paths are relative to it, with `/`, and made of checked names only. Every method
 * throws TARGET_UNREACHABLE, TARGET_UNMOUNTED, TARGET_REFUSED and CANCELLED.
 */
export interface TargetPlace {
  /** In words: `/mnt/nas/backups on baobab`. */
  readonly where: string;
  /** The node that was asked, where it is a folder of one. */
  readonly node?: string;
  /** A small file; `undefined` when there is none. TARGET_REFUSED when it is longer than that. */
  read(path: string, limitBytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** A small file in one step, on the disk when it resolves, over what may be there. */
  write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Everything below that may be of an archive, at most `limits.files` of them. */
  list(signal: AbortSignal): Promise<PlaceFile[]>;
  /** What it is like now; `undefined` when there is no such folder. */
  look(signal: AbortSignal): Promise<PlaceLook | undefined>;
  /**
   * Puts one file there, going on where an earlier try stopped; resolves once what is there was compared. What is there
   * already and right stays. COPY_FAILED, COPY_MISMATCH, ARCHIVE_CHANGED.
   */
  put(path: string, source: SourceFile, going: Going): Promise<'digest' | 'read-back'>;
  /** SHA-256 of what is there, of which every byte is read; `undefined` when there is no such file. */
  digest(path: string, going: Going): Promise<{ sha256: string; sizeBytes: number } | undefined>;
  /** Bytes from a file there to one on a node, from where that one ends now. */
  bring(
    path: string,
    to: { readonly files: NodeFiles; readonly path: string },
    size: number,
    going: Going,
  ): Promise<void>;
  /** Removes one archive's folder: its record first, then the other files in it, and what a copy of them left. */
  remove(folder: string, signal: AbortSignal): Promise<void>;
}
