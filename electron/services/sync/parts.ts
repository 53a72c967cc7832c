import type { Clock } from '../clock.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { LogFolderAnswers } from './runs/log-folder-answers.ts';
import type { SyncRunPorts } from './runs/run-ports.ts';

/** With what all that look at log folders have in common. */
export interface SyncLookParts extends SyncServiceParts {
  readonly logFolders: LogFolderAnswers;
}

/** What the sync domain is given from outside. */
export interface SyncServiceParts {
  readonly lab: LabFolder;
  readonly jobs: JobRegistry;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  /** Of it HA_SYNC_DB_DSN counts. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What runs need of this machine, with the address of their database. SYNC_LOCK_UNAVAILABLE. */
  readonly ports: (dsn: string | undefined) => SyncRunPorts;
}
