import type { LabFinding, LabState } from '../../../shared/contract/lab.ts';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';

/** A parsed lab file and the SHA-256 of the bytes it was parsed from. */
export interface LabFile<Value> {
  readonly file: string;
  readonly digest: string;
  readonly value: Value;
}

/** What is left out is filled in: a UUID, the time, nothing. Texts are put on one line and cut to the schema's length. */
export type NewChangelogEntry = Pick<ChangelogEntry, 'project' | 'summary'> &
  Partial<Pick<ChangelogEntry, 'id' | 'timestamp' | 'reason' | 'details' | 'affectedResources' | 'issue'>>;

/** One host's entry as it shall be, and what the logbook says of it. */
export interface HostKeysChange {
  readonly host: string;
  readonly entry: HostKeysFile['hosts'][string];
  readonly record: NewChangelogEntry;
}

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
  /** Names (not paths) of the files in a folder, sorted, without hidden ones; a folder that is missing has none. */
  listFiles(folder: string): Promise<string[]>;
  appendToLogbook(entry: NewChangelogEntry): Promise<ChangelogEntry>;
  /** Newest first. */
  logbook(limit: number): Promise<ChangelogEntry[]>;
}
