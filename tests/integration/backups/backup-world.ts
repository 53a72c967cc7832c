import { join } from 'node:path';
import {
  type BackupService,
  createBackupService,
} from '../../../electron/services/backups/backup-service.ts';
import type { Clock } from '../../../electron/services/clock.ts';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobRegistry } from '../../../electron/services/jobs/job-registry.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import type { SecretStore } from '../../../electron/services/secrets/secret-store.ts';
import { createSsh, type Ssh } from '../../../electron/services/ssh/ssh.ts';
import type { BackupRequest, PlannedGuest } from '../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { type CheapNodes, cheapNodes, type CheapNodesOptions } from '../../rig/proxmox/cheap-nodes.ts';

const resources = join(import.meta.dirname, '../../../resources');
const still = new AbortController().signal;

type Ended = Extract<JobEvent, { type: 'ended' }>;

/** The backups domain on real parts: a lab on the disk, SSH to nodes with stand-ins of Proxmox's programs, real jobs. */
export interface BackupWorld extends OpenBackups {
  readonly rig: CheapNodes;
  stop(): Promise<void>;
}

/** The same without its nodes. */
export interface OpenBackups {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
  readonly jobs: JobRegistry;
  readonly secrets: SecretStore;
  readonly backups: BackupService;
  /** Plans and runs; answers how the job ended, and what it showed. */
  run(request: BackupRequest): Promise<{ ended: Ended; events: JobEvent[] }>;
  /** The same, only begun. */
  start(request: BackupRequest): Promise<string>;
  ended(jobId: string): Promise<{ ended: Ended; events: JobEvent[] }>;
  plan(request: BackupRequest): Promise<PlannedGuest[]>;
  /** Newest first. */
  records(): Promise<BackupRecord[]>;
  close(): Promise<void>;
}

export interface BackupWorldOptions extends CheapNodesOptions {
  readonly clock?: Clock;
}

export async function backupWorld(options: BackupWorldOptions = {}): Promise<BackupWorld> {
  const rig = await cheapNodes(options);
  const open = await openBackups(rig, options.clock);
  return {
    ...open,
    rig,
    async stop() {
      await open.close();
      await rig.stop();
    },
  };
}

export async function openBackups(
  rig: Pick<CheapNodes, 'folder' | 'lab' | 'account'>,
  clock: Clock = { now: () => new Date() },
): Promise<OpenBackups> {
  const folders = {
    cache: join(rig.folder, 'app/cache'),
    state: join(rig.folder, 'app/state'),
    data: join(rig.folder, 'app/data'),
    config: join(rig.folder, 'app/config'),
  };
  const lab = await openLabFolder({ root: rig.lab, clock });
  const ssh = createSsh({ lab, account: rig.account });
  const logged: string[] = [];
  const jobs = createJobRegistry({
    folder: folders.state,
    clock,
    log: { line: (text) => logged.push(text) },
  });
  const secrets = createSecretStore({ lab, folders, identityFile: undefined });
  const backups = createBackupService({
    lab,
    ssh,
    jobs,
    secrets,
    folders,
    clock,
    resources,
    version: '0.1.0',
  });
  const start = async (request: BackupRequest) => {
    const { digest } = await backups.plan(request, still);
    return (await backups.run(digest)).jobId;
  };
  const ended = async (jobId: string) => {
    const events: JobEvent[] = [];
    for await (const event of jobs.follow(jobId, {})) {
      events.push(event);
      if (event.type === 'ended') {
        // A mistake of ours is shown to nobody as such; a test is to say what it was.
        if (event.problem?.code === 'INTERNAL') throw new Error(logged.join('\n'));
        return { ended: event, events };
      }
    }
    throw new Error('a job did not end');
  };
  return {
    lab,
    ssh,
    jobs,
    secrets,
    backups,
    start,
    ended,
    run: async (request) => ended(await start(request)),
    plan: async (request) => (await backups.plan(request, still)).plan.guests,
    records: () => backups.records(1000),
    async close() {
      await jobs.close();
      ssh.close();
    },
  };
}
