import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBackupDiscovery } from '../../../electron/services/backups/discover/discovery.ts';
import type { BackupParts } from '../../../electron/services/backups/parts.ts';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import type { Clock } from '../../../electron/services/clock.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import { createSsh, type Ssh } from '../../../electron/services/ssh/ssh.ts';
import type { Discovery } from '../../../shared/schemas/backup-manifest.ts';
import { type CheapNodes, cheapNodes, type CheapNodesOptions } from '../../rig/proxmox/cheap-nodes.ts';

export const still = new AbortController().signal;

/** The machine's clock, moved by so many milliseconds. */
class MovedClock implements Clock {
  ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

/** Nodes, a lab that has them, and who discovers it. */
export class DiscoverWorld {
  readonly nodes: CheapNodes;
  readonly lab: LabFolder;
  readonly clock: MovedClock;
  private readonly ssh: Ssh;

  private constructor(nodes: CheapNodes, lab: LabFolder, clock: MovedClock) {
    this.nodes = nodes;
    this.lab = lab;
    this.clock = clock;
    this.ssh = createSsh({ lab, account: nodes.account, limits: { connectMilliseconds: 3000 } });
  }

  static async start(options: CheapNodesOptions = {}): Promise<DiscoverWorld> {
    const nodes = await cheapNodes(options);
    const clock = new MovedClock();
    return new DiscoverWorld(nodes, await openLabFolder({ root: nodes.lab, clock }), clock);
  }

  /** What discovery is made of; what it does not use is not there. */
  get parts(): BackupParts {
    const { lab, ssh, clock } = this;
    const folders = { config: join(this.nodes.folder, 'config'), data: join(this.nodes.folder, 'data') };
    const secrets = createSecretStore({ lab, folders, workFactor: 1 });
    const used = { lab, ssh, secrets, clock, targets: createBackupTargets({ lab, ssh, secrets, clock }) };
    return used as unknown as BackupParts;
  }

  discover(): Promise<Discovery> {
    return createBackupDiscovery(this.parts).discover(still);
  }

  /** A lab without any discovery, and an empty logbook. */
  forget(): void {
    for (const name of ['backups', 'CHANGELOG.md', 'cluster/madagascar-changelog.json']) {
      rmSync(join(this.nodes.lab, name), { recursive: true, force: true });
    }
    this.nodes.writeLab(this.nodes.lab);
  }

  async stop(): Promise<void> {
    this.ssh.close();
    await this.nodes.stop();
  }
}
