import type { Archive, ManifestTarget } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupCopy, BackupFile, BackupRecord } from '../../../../shared/schemas/backup-record.ts';

/** A backup's files where they were made: on a node. */
export interface NodeArchive {
  readonly record: BackupRecord;
  readonly node: string;
  /** Absolute paths there, in the order of the record's files. */
  readonly files: readonly (BackupFile & { readonly path: string })[];
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Bytes of all files that are safe at the far end by now. */
  readonly progress: (doneBytes: number) => void;
}

/**
 * One place outside Proxmox where copies go. Everything of one archive lies together: its files, and `sifaka-backup.json`,
 * the record, written last: an archive without it is not whole, and is not listed as one.
 */
export interface TargetStore {
  readonly name: string;
  readonly kind: 'node-folder' | 'local-folder' | 's3';
  /** TARGET_UNREACHABLE and TARGET_UNMOUNTED are states here, not failures. */
  check(signal: AbortSignal): Promise<ManifestTarget>;
  /** Puts the mark there; TARGET_OTHER when it has that of another lab or target. */
  init(signal: AbortSignal): Promise<ManifestTarget>;
  list(signal: AbortSignal): Promise<Archive[]>;
  /**
   * Copies what is not there yet and goes on where it stopped before. `verified` only after the far end's bytes were
   * compared. TARGET_UNREACHABLE, TARGET_UNMOUNTED, TARGET_REFUSED, COPY_FAILED, COPY_MISMATCH, CANCELLED.
   */
  copy(archive: NodeArchive, options: CopyOptions): Promise<BackupCopy>;
  /** Reads every byte at the far end; the digests by file name. ARCHIVE_GONE. */
  digests(archive: Archive, options: CopyOptions): Promise<ReadonlyMap<string, string>>;
  /** The record that was written beside an archive. ARCHIVE_GONE. */
  record(archive: Archive, signal: AbortSignal): Promise<BackupRecord>;
  /** Brings the files to a folder of a node, complete and compared, or nothing. */
  bringTo(
    archive: Archive,
    to: { readonly node: string; readonly folder: string },
    options: CopyOptions,
  ): Promise<NodeArchive>;
  /** Removes one archive; what is removed first is the record, so that nothing half there is ever taken for whole. */
  remove(archive: Archive, signal: AbortSignal): Promise<void>;
}
