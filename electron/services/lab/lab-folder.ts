import type { LabFinding, LabState } from '../../../shared/contract/lab.ts';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';

/** A parsed lab file and the SHA-256 of the bytes it was parsed from. */
export interface LabFile<Value> {
  readonly file: string;
  readonly digest: string;
  readonly value: Value;
}

export type NewChangelogEntry = Pick<ChangelogEntry, 'project' | 'summary'> &
  Partial<Omit<ChangelogEntry, 'project' | 'summary'>>;

/** The operator's folder: the single source of truth. Every path given to it is relative to the lab and may not leave it. */
export interface LabFolder {
  readonly root: string;
  state(): Promise<LabState>;
  check(): Promise<LabFinding[]>;
  inventory(): Promise<LabFile<Inventory>>;
  cluster(): Promise<LabFile<ClusterFile> | undefined>;
  get(file: string, pointer: string): Promise<{ value: unknown; digest: string }>;
  set(change: { file: string; pointer: string; value: unknown; digest?: string; reason?: string }): Promise<{ digest: string }>;
  /** Bytes of a lab file (a hook, a golden image's path); LAB_PATH_ESCAPES for anything outside, links included. */
  readBytes(file: string, limitBytes: number): Promise<Uint8Array>;
  /** The absolute path of a lab file after the same check; it must exist. */
  resolve(file: string): Promise<string>;
  /** Creates or replaces a file atomically under the lab's lock. */
  writeBytes(file: string, bytes: Uint8Array, options: { mode?: number; mustNotExist?: boolean }): Promise<void>;
  listFiles(folder: string): Promise<string[]>;
  appendToLogbook(entry: NewChangelogEntry): Promise<ChangelogEntry>;
  logbook(limit: number): Promise<ChangelogEntry[]>;
}
