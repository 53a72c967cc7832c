import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackupService } from '../../../electron/services/backups/backup-service.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import type { SecretStore } from '../../../electron/services/secrets/secret-store.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSsh } from '../../../electron/services/ssh/ssh.ts';
import type { SshAccount } from '../../../electron/services/ssh/ssh-account.ts';
import type { Progress } from '../../../shared/progress.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { nodeOf } from '../../rig/backups/made-backups.ts';

const resources = fileURLToPath(new URL('../../../resources', import.meta.url));

interface World {
  readonly lab: string;
  readonly folder: string;
  readonly account: SshAccount;
}

/** The backups' service of one machine, on the lab of booted or of cheap nodes. */
export async function openBackups({ lab: root, folder, account }: World) {
  const lab: LabFolder = await openLabFolder({ root, clock: systemClock });
  const ssh = createSsh({ lab, account, limits: { connectMilliseconds: 4000 } });
  const data = mkdtempSync(join(folder, 'app-'));
  const jobs = createJobRegistry({
    folder: data,
    clock: systemClock,
    log: { line: (text) => console.error(text) },
  });
  const folders = { data, state: data, cache: data, config: data };
  const service = createBackupService({
    lab,
    ssh,
    jobs,
    // No agent and none of its targets has secrets.
    secrets: undefined as unknown as SecretStore,
    folders,
    clock: systemClock,
    resources,
    version: '0.0.0',
  });

  async function ended(
    jobId: string,
    seen: (progress: Progress) => void = () => undefined,
  ): Promise<Extract<JobEvent, { type: 'ended' }>> {
    for await (const event of jobs.follow(jobId, {})) {
      if (event.type === 'progress') seen(event.progress);
      if (event.type === 'ended') return event;
    }
    throw new Error('a journal without an end');
  }

  return {
    lab,
    ssh,
    jobs,
    service,
    ended,
    /** A whole deploy, or a removal. */
    async deploy(options: { nodes?: string[]; remove?: boolean; seen?: (progress: Progress) => void } = {}) {
      const { nodes, remove = false, seen } = options;
      const { digest } = await service.planAgent({ nodes, remove }, still);
      const { jobId } = await service.deployAgent(digest);
      return ended(jobId, seen);
    },
    async close() {
      await jobs.close();
      ssh.close();
    },
  };
}

export const still = new AbortController().signal;

/** What a discovery of these nodes would have written. */
export function writeManifest(lab: string, nodes: readonly string[]): void {
  const manifest = {
    schema: 'sifaka.backup-manifest/1',
    at: '2026-11-20T12:00:00.000Z',
    cluster: 'madagascar',
    nodes: nodes.map((node) => nodeOf(node)),
    guests: [],
    archives: [],
    targets: [],
    changes: {
      guestsAdded: [],
      guestsGone: [],
      guestsMoved: [],
      archivesAdded: 0,
      archivesGone: [],
      nodesSilent: [],
    },
  };
  mkdirSync(join(lab, 'backups'), { recursive: true });
  writeFileSync(join(lab, 'backups/manifest-2026-11-20.json'), JSON.stringify(manifest));
}

export function writePolicy(lab: string, text: string): void {
  mkdirSync(join(lab, 'backups'), { recursive: true });
  writeFileSync(join(lab, 'backups/policy.yaml'), text);
}
