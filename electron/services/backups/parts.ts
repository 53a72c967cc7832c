import type { Clock } from '../clock.ts';
import type { AppFolders } from '../folders.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { Ssh } from '../ssh/ssh.ts';
import type { BackupRecords } from './records/backup-records.ts';
import type { BackupTargets } from './targets/backup-targets.ts';

/** What the backups domain is given from outside. */
export interface BackupServiceParts {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
  readonly jobs: JobRegistry;
  readonly secrets: SecretStore;
  readonly folders: AppFolders;
  readonly clock: Clock;
  /** Where the nodes' programs came with this installation. */
  readonly resources: string | undefined;
  readonly version: string;
}

/** The same, with what its parts share. */
export interface BackupParts extends BackupServiceParts {
  readonly records: BackupRecords;
  readonly targets: BackupTargets;
}
