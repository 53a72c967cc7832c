import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import type { NodeArchive } from '../../../electron/services/backups/targets/target-store.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { ownUser } from '../../rig/sshd.ts';
import { type OpenWorld, SshWorld, trust } from '../ssh/ssh-world.ts';

export const still = new AbortController().signal;
export const quiet = { signal: still, progress: () => undefined };

type Targets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A lab with nodes that are real sshds on this machine, and targets in its cluster file. */
export class TargetWorld {
  readonly ssh = new SshWorld();
  readonly lab = this.ssh.labFolder;
  /** What stands for disks: of nodes, of a NAS. */
  readonly disks = join(this.ssh.folder, 'disks');
  private readonly entries: Record<string, unknown> = {};
  private targets: Targets = {};

  constructor() {
    mkdirSync(this.disks);
  }

  /** Opens the lab with these nodes, which trust each other. */
  async open(nodes: readonly string[] = ['baobab']) {
    const key = this.ssh.key();
    const servers = new Map(
      await Promise.all(
        nodes.map(async (name) => {
          const server = await this.ssh.sshd();
          server.authorize(key);
          this.entries[name] = {
            hosts: { management: '127.0.0.1' },
            ssh: { port: server.port, user: ownUser },
          };
          return [name, server] as const;
        }),
      ),
    );
    this.writeCluster();
    const world = await this.ssh.open();
    for (const [name, server] of servers) await trust(world, name, server);
    return this.parts(world);
  }

  /** `clusters.madagascar.backups.targets` from now on. */
  define(targets: Targets): void {
    this.targets = targets;
    if (Object.keys(this.entries).length > 0) this.writeCluster();
  }

  /** A file on the disk of a node, as vzdump leaves one, and its record. */
  archive(options: { bytes?: number; vmid?: number; at?: string; content?: Buffer } = {}): NodeArchive {
    const { bytes = 1024 * 1024, vmid = 100, at = '2026_11_20-14_00_00' } = options;
    const name = `vzdump-qemu-${vmid}-${at}.vma.zst`;
    const folder = join(this.disks, 'dump');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    const content = options.content ?? randomBytes(bytes);
    writeFileSync(path, content);
    const file = {
      name,
      sizeBytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    const record: BackupRecord = {
      id: crypto.randomUUID(),
      guest: { pveCluster: 'madagascar', type: 'qemu', vmid, node: 'baobab', name: 'web' },
      by: 'operator',
      method: 'vzdump',
      mode: 'snapshot',
      compress: 'zstd',
      storage: 'local',
      startedAt: '2026-11-20T14:00:00.000Z',
      endedAt: '2026-11-20T14:01:05.000Z',
      outcome: 'made',
      place: 'storage:baobab/local',
      archive: name,
      volid: `local:backup/${name}`,
      files: [file],
      sizeBytes: content.length,
      warnings: [],
      copies: [],
      checks: [],
    };
    return { record, node: 'baobab', files: [{ ...file, path }] };
  }

  readLab(file: string): string {
    return readFileSync(join(this.lab, file), 'utf8');
  }

  remove(): Promise<void> {
    return this.ssh.remove();
  }

  private async parts({ lab, ssh }: OpenWorld) {
    const folders = { config: join(this.ssh.folder, 'config'), data: join(this.ssh.folder, 'data') };
    const secrets = createSecretStore({ lab, folders, workFactor: 1 });
    return { lab, ssh, secrets, targets: createBackupTargets({ lab, ssh, secrets, clock: systemClock }) };
  }

  private writeCluster(): void {
    const servers = { nas: { address: '10.99.0.10' } };
    const cluster = { nodes: this.entries, backups: { servers, targets: this.targets } };
    writeFileSync(
      join(this.lab, 'cluster', 'madagascar.json'),
      JSON.stringify({ clusters: { madagascar: cluster } }),
    );
  }
}

/** Seals the keys of an S3 server in the lab. */
export async function sealKeys(
  secrets: Awaited<ReturnType<TargetWorld['open']>>['secrets'],
  { accessKey, secretKey }: { readonly accessKey: string; readonly secretKey: string },
): Promise<void> {
  await secrets.createIdentity({});
  await secrets.seal('s3-access', Buffer.from(`${accessKey}\n`), { replace: true });
  await secrets.seal('s3-secret', Buffer.from(secretKey), { replace: true });
}

export function s3Target(endpoint: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    kind: 's3',
    endpoint,
    bucket: 'backups',
    prefix: 'lab/',
    accessKey: 's3-access',
    secretKey: 's3-secret',
    ...more,
  };
}
