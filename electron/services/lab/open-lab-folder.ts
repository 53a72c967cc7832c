import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LabFinding, LabState } from '../../../shared/contract/lab.ts';
import { Problem } from '../../../shared/problem.ts';
import type { BackupPolicy } from '../../../shared/schemas/backup-policy.ts';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';
import type { SyncPairsFile } from '../../../shared/schemas/sync-pairs.ts';
import type { Clock } from '../clock.ts';
import { createProcessIdentity, type ProcessIdentity } from '../jobs/process-identity.ts';
import { newestManifestFile, readPolicy, refuseNewerStart } from './backup-files.ts';
import { changelogLimit } from './changelog-file.ts';
import { checkLab } from './check-lab.ts';
import { readPairs } from './check-sync.ts';
import { fileLimit, findClusterFiles } from './cluster-files.ts';
import { ConfinedFolder } from './confined-folder.ts';
import { createRecorded, editLabFile, type LabChange, writeRecorded } from './edit-lab-file.ts';
import { labReadOnly, systemErrorCode } from './file-errors.ts';
import { changeHostKeys, readHostKeys } from './host-keys-file.ts';
import {
  digestOf,
  hostKeysFile,
  inventoryFile,
  pairsFile,
  parseCluster,
  parseDocument,
  parseInventory,
  policyFile,
  recordsFile,
} from './known-files.ts';
import type { TreeEntry, TreeLimits } from './folder-tree.ts';
import type {
  HostKeysChange,
  LabFile,
  LabFileChange,
  LabFolder,
  LabReader,
  NewChangelogEntry,
  NewFolder,
} from './lab-folder.ts';
import { LabLock, lockFileName } from './lab-lock.ts';
import { labPathParts } from './lab-path.ts';
import { readLogbook, stageEntry } from './logbook.ts';
import { onOneLine } from './plain-text.ts';
import { pointerParts, valueAt } from './value-at.ts';

export interface LabFolderOptions {
  /** The lab folder, absolute or relative to the working directory. */
  readonly root: string;
  readonly clock: Clock;
  /** Who takes the lab's lock; this process. */
  readonly identity?: ProcessIdentity;
  /** How long a change waits for another process before LAB_LOCKED. */
  readonly lockWaitMilliseconds?: number;
}

/** Opens a lab. One that cannot be written opens too, for reading: see `state`. LAB_NOT_FOUND. */
export async function openLabFolder(options: LabFolderOptions): Promise<LabFolder> {
  const folder = await ConfinedFolder.open(options.root);
  const lab = new OpenLabFolder(folder, options);
  await lab.state();
  return lab;
}

class OpenLabFolder implements LabFolder {
  readonly root: string;
  private readonly folder: ConfinedFolder;
  private readonly clock: Clock;
  private readonly lock: LabLock;
  /** Once a write worked it is not tried again; a lab that could not be written may have been made writable. */
  private wasWritable = false;
  /** Read many times between two edits; a job asks for it at every step, and parsing a large one is slow. */
  private lastInventory: LabFile<Inventory> | undefined;

  constructor(folder: ConfinedFolder, { clock, identity, lockWaitMilliseconds }: LabFolderOptions) {
    this.root = folder.root;
    this.folder = folder;
    this.clock = clock;
    this.lock = new LabLock({
      root: folder.root,
      clock,
      identity: identity ?? createProcessIdentity(),
      waitMilliseconds: lockWaitMilliseconds ?? 10_000,
    });
  }

  async state(): Promise<LabState> {
    const about = { path: this.root, name: basename(this.root) };
    const reason = (await this.newerSchema()) ?? (await this.probeProblem());
    return reason
      ? { ...about, writable: false, readOnlyReason: reason.data.what }
      : { ...about, writable: true };
  }

  check(): Promise<LabFinding[]> {
    return checkLab(this.folder, this.clock.now());
  }

  async inventory(): Promise<LabFile<Inventory>> {
    const bytes = await this.folder.readBytes(inventoryFile, fileLimit);
    if (this.lastInventory?.digest === digestOf(bytes)) return this.lastInventory;
    const { file, digest, value } = parseInventory(inventoryFile, bytes);
    this.lastInventory = { file, digest, value };
    return this.lastInventory;
  }

  async cluster(): Promise<LabFile<ClusterFile> | undefined> {
    const { cluster } = await findClusterFiles(this.folder);
    if (cluster === undefined) return undefined;
    const { file, digest, value } = parseCluster(cluster, await this.folder.readBytes(cluster, fileLimit));
    return { file, digest, value };
  }

  async hostKeys(): Promise<LabFile<HostKeysFile> | undefined> {
    const found = await readHostKeys(this.folder);
    return found && { file: found.file, digest: found.digest, value: found.value };
  }

  async backupPolicy(): Promise<LabFile<BackupPolicy> | undefined> {
    const found = await readPolicy(this.folder, (await this.cluster())?.value);
    return found && { file: found.file, digest: found.digest, value: found.value };
  }

  async syncPairs(): Promise<LabFile<SyncPairsFile> | undefined> {
    const found = await readPairs(this.folder);
    return found && { file: found.file, digest: found.digest, value: found.value };
  }

  async changeHostKeys(decide: (now: HostKeysFile | undefined) => HostKeysChange | undefined): Promise<void> {
    await this.writing(() => changeHostKeys(this.folder, this.clock, decide));
  }

  async get(file: string, pointer: string): Promise<{ value: unknown; digest: string }> {
    labPathParts(file);
    const path = pointerParts(pointer);
    const { cluster, changelog } = await findClusterFiles(this.folder);
    if (file !== inventoryFile && file !== cluster && file !== changelog) {
      throw new Problem('INPUT_INVALID', {
        what: `${onOneLine(file)} is not a file that Sifaka reads values from.`,
        state: 'Nothing was read.',
        next: `Name ${inventoryFile}${cluster === undefined ? '' : ` or ${cluster}`}.`,
      });
    }
    const bytes = await this.folder.readBytes(file, file === changelog ? changelogLimit : fileLimit);
    return { value: valueAt(parseDocument(file, bytes).value, path), digest: digestOf(bytes) };
  }

  async set(change: LabChange): Promise<{ digest: string }> {
    return this.writing(() => editLabFile(this.folder, this.clock, change));
  }

  readBytes(file: string, limitBytes: number): Promise<Uint8Array> {
    return this.folder.readBytes(file, limitBytes);
  }

  resolve(file: string): Promise<string> {
    return this.folder.resolve(file);
  }

  async writeBytes(
    file: string,
    bytes: Uint8Array,
    options: { mode?: number; mustNotExist?: boolean },
  ): Promise<void> {
    refuseOwnPlaces(file);
    await this.writing(() => this.folder.write(file, bytes, options));
  }

  async changeFile(decide: (lab: LabReader) => Promise<LabFileChange | undefined>): Promise<void> {
    await this.writing(async () => {
      const change = await decide(this);
      if (change === undefined) return;
      refuseOwnPlaces(change.file);
      await writeRecorded(this.folder, this.clock, change);
    });
  }

  listFiles(folder: string): Promise<string[]> {
    return this.folder.listFiles(folder);
  }

  listFolders(folder: string): Promise<string[]> {
    return this.folder.listFolders(folder);
  }

  readTree(folder: string, limits: TreeLimits): Promise<TreeEntry[]> {
    return this.folder.readTree(folder, limits);
  }

  async createFolder(fresh: NewFolder): Promise<void> {
    refuseOwnPlaces(fresh.folder);
    await this.writing(() => createRecorded(this.folder, this.clock, fresh));
  }

  async appendToLogbook(entry: NewChangelogEntry): Promise<ChangelogEntry> {
    return this.writing(async () => {
      const { entry: complete, staged } = await stageEntry(this.folder, this.clock, entry);
      try {
        await staged.commit();
      } catch (error) {
        await staged.discard();
        throw error;
      }
      return complete;
    });
  }

  logbook(limit: number): Promise<ChangelogEntry[]> {
    return readLogbook(this.folder, limit);
  }

  /** Runs a change alone in this lab, if the lab may be changed at all. */
  private async writing<Result>(work: () => Promise<Result>): Promise<Result> {
    const readOnly = await this.probeProblem();
    if (readOnly) throw readOnly;
    return this.lock.run(async () => {
      const newer = await this.newerSchema();
      if (newer) throw newer;
      return work();
    });
  }

  /** Permission bits do not tell (root, read-only mounts, network shares): only a write does. */
  private async probeProblem(): Promise<Problem | undefined> {
    if (this.wasWritable) return undefined;
    const probe = join(this.root, `.sifaka-probe-${randomUUID()}`);
    try {
      await writeFile(probe, '', { flag: 'wx' });
      await rm(probe);
      this.wasWritable = true;
      return undefined;
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return labReadOnly('The lab folder cannot be written; it is open for reading only.', error);
    }
  }

  /** LAB_SCHEMA_NEWER of the first file that has it: a lab that a newer Sifaka keeps is not changed by an older one. */
  private async newerSchema(): Promise<Problem | undefined> {
    const large = await this.largeFiles();
    for (const file of [...(await this.taggedFiles()), ...large]) {
      try {
        if (large.includes(file)) await refuseNewerStart(this.folder, file);
        else parseDocument(file, await this.folder.readBytes(file, changelogLimit));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.code === 'LAB_SCHEMA_NEWER') return error;
      }
    }
    return undefined;
  }

  private async largeFiles(): Promise<string[]> {
    try {
      const manifest = await newestManifestFile(this.folder, this.clock.now());
      return [recordsFile, ...(manifest === undefined ? [] : [manifest])];
    } catch (error) {
      if (error instanceof Problem) return [];
      throw error;
    }
  }

  private async taggedFiles(): Promise<string[]> {
    try {
      const { cluster, changelog } = await findClusterFiles(this.folder);
      return [
        inventoryFile,
        ...(cluster === undefined ? [] : [cluster]),
        changelog,
        hostKeysFile,
        policyFile,
        pairsFile,
      ];
    } catch (error) {
      if (error instanceof Problem) return [inventoryFile, policyFile, pairsFile];
      throw error;
    }
  }
}

/** What stands in .git is run by git; a lock file written over would let two writers in. */
function refuseOwnPlaces(file: string): void {
  const [first = ''] = labPathParts(file);
  if (first.toLowerCase() !== '.git' && !first.toLowerCase().startsWith(lockFileName)) return;
  throw new Problem('LAB_PATH_ESCAPES', {
    what: `${file} is not a file of the lab itself.`,
    state: 'Nothing was written.',
    next: 'Choose another place in the lab.',
  });
}
