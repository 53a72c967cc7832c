import type { Capability, SessionLog } from '../../shared/contract/session.ts';
import type { SecretState } from '../../shared/contract/secrets.ts';
import type { BackupService } from './backups/backup-service.ts';
import type { BridgeService } from './bridge/bridge-service.ts';
import type { CardService } from './cards/card-service.ts';
import type { Clock } from './clock.ts';
import type { Drives } from './drives/drives.ts';
import type { Targets } from './drives/targets.ts';
import type { GoldenImages } from './images/golden-images.ts';
import type { IssueService } from './issues/issue-service.ts';
import type { JobRegistry } from './jobs/job-registry.ts';
import type { LabFolder } from './lab/lab-folder.ts';
import type { Log } from './log.ts';
import type { SecretStore } from './secrets/secret-store.ts';
import type { NodeService } from './ssh/node-service.ts';
import type { SyncService } from './sync/sync-service.ts';

/** Everything the router may ask for: one lab's services, wired once. */
export interface Services {
  readonly version: string;
  /** What the command of this program is called where it runs. */
  readonly command: 'sifaka' | 'npx sifaka';
  readonly clock: Clock;
  readonly log: Log;
  readonly lab: LabFolder;
  readonly images: GoldenImages;
  readonly secrets: SecretStore;
  readonly drives: Drives;
  readonly targets: Targets;
  readonly cards: CardService;
  readonly nodes: NodeService;
  readonly bridge: BridgeService;
  readonly backups: BackupService;
  readonly sync: SyncService;
  readonly issues: IssueService;
  readonly jobs: JobRegistry;
  /** Every secret the lab names or holds, and whether it can be used. */
  checkSecrets(): Promise<SecretState[]>;
  /** Copies the bundled demo lab into a folder that is absent or empty; answers its absolute path. */
  createDemoLab(folder: string): Promise<{ path: string }>;
  /** What works on this machine. */
  doctor(): Promise<Capability[]>;
  /** The newest entries of the log file, at most `limit`, oldest first. */
  readLog(limit: number): Promise<SessionLog>;
  /** A text for a report of a bug, redacted; `door` says how the app was opened. */
  diagnostics(door: string): Promise<string>;
  /** Cancels what this process runs, waits until every journal has its last line, and ends every connection. */
  close(): Promise<void>;
}
