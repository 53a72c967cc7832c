/** What a test asks of one node's stand-ins; read anew by each command that starts. Everything left out is as usual. */
export interface ProxmoxSettings {
  /** Seconds before a program does anything, by its name: `{ pvesh: 0.8 }` is what the real one takes. */
  readonly delays?: Readonly<Record<string, number>>;
  /** How fast vzdump and restores read a guest's disks, so that they can be met in the middle. */
  readonly bytesPerSecond?: number;
  /** Between two lines of progress; the real one says 3 s. */
  readonly progressSeconds?: number;
  /** Backups and restores stop at this share while the node is held: `hold()` … `release()`. */
  readonly holdAt?: number;
  /** This command (`pvesm free`) does nothing yet while the node is held: `holdBefore()` … `release()`. */
  readonly heldCommand?: string;
  /** From a guest's start until its agent answers; 0. */
  readonly bootSeconds?: number;
  readonly faults?: ProxmoxFaults;
}

export interface ProxmoxFaults {
  /** `ipcc_send_rec[1] failed: Connection refused`, before anything else, on this stream. */
  readonly ipccWarnings?: 'stdout' | 'stderr';
  /** Guests without statistics in /cluster/resources: status unknown, and no name; true is all of them. */
  readonly statusUnknown?: true | readonly number[];
  /** Progress as qemu-server printed it before 2020-11. */
  readonly oldProgress?: boolean;
  /** No space left on any storage after this share of a guest. A real limit is `setCapacity`. */
  readonly storageFullAt?: number;
  /** After the job: `could not notify via target …`. */
  readonly notifyFails?: boolean | string;
  /** A removal that is refused: by a backup server's rights, or by the file system. */
  readonly pruneFails?: 'permission' | 'remove';
  /** vzdump says `Finished Backup` and the archive is not there. */
  readonly archiveVanishes?: boolean;
  /** Guests whose agent does not answer, or in which nothing can be run. */
  readonly agentSilent?: readonly number[];
  readonly bootFails?: readonly number[];
  /** Storages that are not mounted or do not answer. */
  readonly inactiveStorages?: readonly string[];
  /** `size` in JSON as a string, as some plugins have it. */
  readonly sizesAreStrings?: boolean;
  /** `pvesm list --vmid` without the column VMID, as some versions print it. */
  readonly listDropsVmid?: boolean;
  /** The worker of a backup or restore is killed at this share, and cleans nothing up. */
  readonly diesAt?: number;
  /** The worker of a backup, or its command with it, is killed when its folder is there and its archive is not named yet. */
  readonly diesEarly?: 'worker' | 'all';
  /** So many bytes too many in what a storage says of its archives. */
  readonly listedSizeIsOff?: number;
  /** No space left on the storage of a restore after this share of the disks. */
  readonly restoreFailsAt?: number;
  /** A WARN line in a task that ends well: `TASK WARNINGS: 1`. */
  readonly warnings?: boolean;
}
