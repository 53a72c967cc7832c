import { join } from 'node:path';
import { Problem } from '../../shared/problem.ts';
import { createBackupService } from './backups/backup-service.ts';
import { createBridgeService } from './bridge/bridge-service.ts';
import { createCheckHistory } from './bridge/check/history.ts';
import { bridgeProof } from './bridge/check/proof.ts';
import { createCardService } from './cards/card-service.ts';
import type { Clock } from './clock.ts';
import { createDiagnostics } from './diagnostics.ts';
import { createDoctor } from './doctor.ts';
import { createDriveWriter } from './drives/create-drive-writer.ts';
import { createDrives } from './drives/create-drives.ts';
import { ownWriter } from './drives/launch/own-writer.ts';
import { createWriterLauncher } from './drives/launch/writer-launcher.ts';
import { createTargets } from './drives/create-targets.ts';
import type { AppFolders } from './folders.ts';
import { createImageCache } from './images/create-image-cache.ts';
import { createGoldenImages } from './images/golden-images.ts';
import { createIssueService } from './issues/issue-service.ts';
import { createJobRegistry } from './jobs/create-job-registry.ts';
import { createDemoLab } from './lab/demo-lab.ts';
import { noLab } from './lab/no-lab.ts';
import { openLabFolder } from './lab/open-lab-folder.ts';
import { logFileIn } from './log-file.ts';
import { readNewestEntries } from './log-lines.ts';
import type { Log } from './log.ts';
import { ownCommand } from './own-command.ts';
import { ownPlaces } from './own-places.ts';
import { redact } from './redact.ts';
import { checkSecrets } from './secrets/check-secrets.ts';
import { createSecretStore } from './secrets/create-secret-store.ts';
import type { Services } from './services.ts';
import { createNodeService } from './ssh/node-service.ts';
import { createSsh } from './ssh/ssh.ts';
import { ownSshAccount } from './ssh/ssh-account.ts';
import { createSyncPorts } from './create-sync-ports.ts';
import { createSyncService } from './sync/sync-service.ts';

export interface ServiceOptions {
  /** The lab folder; without one only what needs no lab works. */
  readonly lab: string | undefined;
  readonly folders: AppFolders;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** The operator's age identity; its usual place is the config folder. */
  readonly identityFile?: string | undefined;
  /** What came with the program: the demo lab is in it. */
  readonly resources?: string | undefined;
}

/** Wires one lab's services. LAB_NOT_FOUND. */
export async function createServices(options: ServiceOptions): Promise<Services> {
  const { folders, clock, log, version, resources } = options;
  const lab = options.lab === undefined ? noLab() : await openLabFolder({ root: options.lab, clock });
  const jobs = createJobRegistry({
    folder: folders.state,
    clock,
    log: { line: (text) => log.line(redact(text, undefined)) },
  });
  const cache = createImageCache({ folder: join(folders.cache, 'images'), clock });
  const secrets = createSecretStore({ lab, folders, identityFile: options.identityFile });
  const protectedPaths = [...Object.values(folders), ...(options.lab === undefined ? [] : [lab.root])];
  const keptPlaces = [...protectedPaths, ...ownPlaces(folders, resources)];
  const drives = createDrives({ protectedPaths: keptPlaces });
  const targets = createTargets({
    folder: join(folders.data, 'virtual-drives'),
    protectedPaths: keptPlaces,
    drives,
  });
  const driveWriter = createDriveWriter(createWriterLauncher(ownWriter(resources)));
  const cards = createCardService({
    lab,
    images: cache,
    secrets,
    targets,
    driveWriter,
    jobs,
    folders,
    clock,
    version,
  });
  const doctor = createDoctor({
    folders,
    secrets,
    lab: options.lab === undefined ? undefined : lab,
    resources,
  });
  const ssh = createSsh({ lab, account: ownSshAccount(process.env) });
  const history = createCheckHistory({ lab, folders });
  const issues = createIssueService({ lab, clock, checks: { bridge: bridgeProof(history) } });
  const readLog = (limit: number) => readNewestEntries(logFileIn(folders.state), limit);
  return {
    version,
    command: ownCommand(resources),
    clock,
    log,
    lab,
    images: createGoldenImages({ lab, cache, jobs }),
    secrets,
    drives,
    targets,
    cards,
    nodes: createNodeService({ lab, ssh, clock }),
    bridge: createBridgeService({ lab, ssh, jobs, folders, clock, resources, version, issues, history }),
    backups: createBackupService({ lab, ssh, jobs, secrets, folders, clock, resources, version }),
    sync: createSyncService({
      lab,
      jobs,
      secrets,
      clock,
      environment: process.env,
      ports: (dsn) => createSyncPorts({ environment: process.env, dsn, clock }),
    }),
    issues,
    jobs,
    checkSecrets: () => checkSecrets(lab, secrets),
    doctor,
    readLog,
    diagnostics: createDiagnostics({ version, clock, doctor, drives, readLog }),
    async createDemoLab(folder) {
      if (resources === undefined) throw noDemoLab();
      return createDemoLab({
        from: join(resources, 'demo-lab'),
        to: folder,
        keptFolders: protectedPaths,
      });
    },
    async close() {
      await jobs.close();
      ssh.close();
    },
  };
}

function noDemoLab(): Problem {
  return new Problem('LAB_NOT_FOUND', {
    what: 'The demo lab did not come with this installation.',
    state: 'No lab was made.',
    next: 'Install Sifaka again, or open a lab of your own.',
  });
}
