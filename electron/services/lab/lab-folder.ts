import type { LabFinding, LabState } from '../../../shared/contract/lab.ts';
import type { BackupPolicy } from '../../../shared/schemas/backup-policy.ts';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';
import type { SyncPairsFile } from '../../../shared/schemas/sync-pairs.ts';
import type { TreeEntry, TreeLimits } from './folder-tree.ts';
import type { NewFile } from './staged-folder.ts';

/** A parsed lab file and the SHA-256 of the bytes it was parsed from. */
export interface LabFile<Value> {
  readonly file: string;
  readonly digest: string;
  readonly value: Value;
}

/** What is left out is filled in: a UUID, the time, nothing. Texts are put on one line and cut to the schema's length. */
export type NewChangelogEntry = Pick<ChangelogEntry, 'project' | 'summary'> &
  Partial<Pick<ChangelogEntry, 'id' | 'timestamp' | 'reason' | 'details' | 'affectedResources' | 'issue'>>;

/** A folder as it shall appear, whole, and what the logbook says of it. */
export interface NewFolder {
  readonly folder: string;
  readonly files: readonly NewFile[];
  readonly record: NewChangelogEntry;
}

/** One host's entry as it shall be, and what the logbook says of it. */
export interface HostKeysChange {
  readonly host: string;
  readonly entry: HostKeysFile['hosts'][string];
  readonly record: NewChangelogEntry;
}

/** One file as it shall be, and what the logbook says of it. */
export interface LabFileChange {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** LAB_FILE_EXISTS when there is one. */
  readonly mustNotExist?: boolean;
  /** Left out for what only a program did, and changes nothing that an operator would look for in the logbook. */
  readonly record?: NewChangelogEntry | undefined;
}

/** What a change is decided on. */
export type LabReader = Pick<LabFolder, 'readBytes' | 'listFiles' | 'logbook'>;

/** The operator's folder: the single source of truth. Every path given to it is relative to the lab and may not leave it. */
export interface LabFolder {
  readonly root: string;
  state(): Promise<LabState>;
  check(): Promise<LabFinding[]>;
  inventory(): Promise<LabFile<Inventory>>;
  cluster(): Promise<LabFile<ClusterFile> | undefined>;
  /** The host keys that are trusted; `undefined` before the first one is. */
  hostKeys(): Promise<LabFile<HostKeysFile> | undefined>;
  /**
   * `backups/policy.yaml`, whose targets and nodes are those of the cluster file; `undefined` when there is none.
   * LAB_FILE_INVALID, of the cluster file too.
   */
  backupPolicy(): Promise<LabFile<BackupPolicy> | undefined>;
  /** `sync/pairs.yaml`; `undefined` when there is none. LAB_FILE_INVALID. */
  syncPairs(): Promise<LabFile<SyncPairsFile> | undefined>;
  /**
   * Changes one host's keys under the lab's lock, and says so in the logbook; `decide` sees the file as it is then, and
   * changes nothing by answering nothing. Further keys of the file stay.
   */
  changeHostKeys(decide: (now: HostKeysFile | undefined) => HostKeysChange | undefined): Promise<void>;
  /** A value as it is written in the inventory, the cluster file or its changelog: without the schema's defaults. */
  get(file: string, pointer: string): Promise<{ value: unknown; digest: string }>;
  /** Sets or adds one value of the inventory or the cluster file, and says so in the logbook. */
  set(change: {
    file: string;
    pointer: string;
    value: unknown;
    digest?: string;
    reason?: string;
  }): Promise<{ digest: string }>;
  /** Bytes of a lab file (a hook, a golden image's path); LAB_PATH_ESCAPES for anything outside, links included. */
  readBytes(file: string, limitBytes: number): Promise<Uint8Array>;
  /** The absolute path of a lab file after the same check; it must exist. */
  resolve(file: string): Promise<string>;
  /** Creates or replaces a file atomically under the lab's lock; missing folders are made. LAB_FILE_EXISTS. */
  writeBytes(
    file: string,
    bytes: Uint8Array,
    options: { mode?: number; mustNotExist?: boolean },
  ): Promise<void>;
  /**
   * Writes a file with its entry in the logbook, or nothing. `decide` runs under the lab's lock: between what it reads and
   * what it answers nobody else writes.
   */
  changeFile(decide: (lab: LabReader) => Promise<LabFileChange | undefined>): Promise<void>;
  /** Names (not paths) of the files in a folder, sorted, without hidden ones; a folder that is missing has none. */
  listFiles(folder: string): Promise<string[]>;
  /** Names of the folders in a folder, sorted, without hidden ones and links; a folder that is missing has none. */
  listFolders(folder: string): Promise<string[]>;
  /**
   * Everything below a folder at any depth, hidden names too, with the bytes of the files. No link is followed, not even
   * on the way to it. LAB_FILE_MISSING; LAB_FILE_INVALID for what is beyond the limits.
   */
  readTree(folder: string, limits: TreeLimits): Promise<TreeEntry[]>;
  /** Makes a folder with all its files in one step, and says so in the logbook; never over anything: LAB_FILE_EXISTS. */
  createFolder(folder: NewFolder): Promise<void>;
  appendToLogbook(entry: NewChangelogEntry): Promise<ChangelogEntry>;
  /** Newest first. */
  logbook(limit: number): Promise<ChangelogEntry[]>;
}
