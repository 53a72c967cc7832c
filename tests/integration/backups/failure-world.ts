import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { createBackupRecords } from '../../../electron/services/backups/records/backup-records.ts';
import type { BackupOverview, Coverage } from '../../../shared/schemas/backup-overview.ts';
import { archiveName, guestOf, hour, recordOf } from '../../rig/backups/made-backups.ts';
import type { StandingCase } from '../../rig/backups/failure-cases.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { freePort } from '../../rig/free-port.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';
import { s3Target, sealKeys, still } from './target-world.ts';

export const mebibyte = 1024 * 1024;
/** Of the storage `local`, which every node has one of. */
export const localDump = '/var/lib/vz/dump';

export type NodeName = 'baobab' | 'ebony' | 'tapia';

const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
restoreTests: { vmids: { first: 9900, last: 9901 } }
rules:
  - { name: plain, guests: ['tag:plain'], storage: local }
  - { name: shared, guests: ['tag:shared'], storage: nas }
  - { name: pruned, guests: ['tag:pruned'], storage: local, keep: { last: 1 }, pruneBy: vzdump }
  - { name: shelf, guests: ['tag:shelf'], storage: local, targets: [shelf] }
  - { name: attic, guests: ['tag:attic'], storage: local, targets: [attic] }
  - { name: offsite, guests: ['tag:offsite'], storage: local, targets: [offsite] }
  - { name: tested, guests: ['tag:tested'], storage: local, restoreTest: { everyDays: 7, waitSeconds: 10 } }
  - { name: elsewhere, guests: ['tag:elsewhere'], storage: vault }
  - { name: scheduled, guests: ['tag:scheduled'], storage: local, schedule: { at: '02:30' } }
`;

/** Guests of which nothing is wrong until somebody sees to it, by the case that each is for. */
export class FailureWorld {
  readonly world: BackupWorld;
  readonly #clock: { ahead: number };
  readonly #vmids = new Map<StandingCase | 'in order', { readonly vmid: number; readonly node: CheapNode }>();
  #overview: BackupOverview | undefined;

  private constructor(world: BackupWorld, clock: { ahead: number }) {
    this.world = world;
    this.#clock = clock;
  }

  static async start(): Promise<FailureWorld> {
    const clock = { ahead: 0 };
    const world = await backupWorld({
      folders: ['/mnt/attic', '/mnt/shelf'],
      policy,
      backups: {
        targets: {
          attic: { kind: 'node-folder', path: '/mnt/attic' },
          shelf: { kind: 'node-folder', path: '/mnt/shelf' },
          offsite: s3Target(`http://127.0.0.1:${await freePort()}`),
        },
      },
      clock: { now: () => new Date(Date.now() + clock.ahead) },
    });
    await sealKeys(world.secrets, { accessKey: 'lab:operator', secretKey: 'nobody-asks-for-it' });
    for (const target of ['attic', 'shelf']) await world.backups.initTarget(target, still);
    return new FailureWorld(world, clock);
  }

  /** The desk's clock goes by so many hours ahead of the machine's. */
  setAhead(hours: number): void {
    this.#clock.ahead = hours * hour;
  }

  add(
    id: StandingCase | 'in order',
    node: NodeName,
    tags: string,
    options: Parameters<CheapNode['addGuest']>[1] = {},
  ): void {
    const vmid = 100 + this.#vmids.size;
    const found = { vmid, node: this.world.rig.node(node) };
    this.#vmids.set(id, found);
    found.node.addGuest(vmid, { name: id.replaceAll(/\W+/g, '-'), bytes: mebibyte, tags, ...options });
  }

  vmid(id: StandingCase | 'in order'): number {
    return this.of(id).vmid;
  }

  node(id: StandingCase | 'in order'): CheapNode {
    return this.of(id).node;
  }

  address(id: StandingCase | 'in order'): string {
    const { vmid, node } = this.of(id);
    return `${node.name}/${vmid}`;
  }

  ids(): (StandingCase | 'in order')[] {
    return [...this.#vmids.keys()];
  }

  /** The path on its node of its newest archive. */
  async archive(id: StandingCase): Promise<string> {
    const name = (await this.record(id))?.archive;
    if (name === undefined) throw new Error(`${id} has no archive`);
    return `${localDump}/${name}`;
  }

  /** And of its copy at the attic. */
  async copy(id: StandingCase): Promise<string> {
    const { archive = '' } = (await this.record(id)) ?? {};
    return `/mnt/attic/madagascar/qemu-${this.vmid(id)}/${archive}/${archive}`;
  }

  async record(id: StandingCase) {
    const { vmid } = this.of(id);
    return (await this.world.records()).find(
      ({ guest, outcome }) => guest.vmid === vmid && outcome === 'made',
    );
  }

  /** As if it had been backed up by an agent an hour ago; what is wrong comes after. */
  async wasBackedUp(id: StandingCase | 'in order', storage = 'local'): Promise<void> {
    const { vmid, node } = this.of(id);
    const at = Math.floor((Date.now() - 1.5 * hour) / 1000) * 1000;
    const name = archiveName(vmid, at);
    const content = `what stands for ${name}\n`;
    const place = storage === 'nas' ? 'storage:nas' : `storage:${node.name}/${storage}`;
    const record = recordOf(guestOf(vmid, { node: node.name }), at, {
      place,
      storage,
      volid: `${storage}:backup/${name}`,
      sizeBytes: content.length,
      files: [{ name, sizeBytes: content.length, sha256: sha256(content) }],
      copies: [],
    });
    const file = `${storage === 'nas' ? '/mnt/pve/nas/dump' : localDump}/${name}`;
    node.writeFile(file, content);
    utimesSync(node.path(file), at / 1000, at / 1000);
    await createBackupRecords({ lab: this.world.lab }).put(record.id, () => record);
  }

  /** One run of these guests, however it ends. */
  async run(...ids: readonly StandingCase[]): Promise<void> {
    const { digest } = await this.world.backups.plan({ guests: ids.map((id) => this.address(id)) }, still);
    const { jobId } = await this.world.backups.run(digest);
    await this.world.ended(jobId);
  }

  async look(options: { readonly discover?: boolean } = {}): Promise<BackupOverview> {
    if (options.discover !== false) await this.world.backups.discover(still);
    this.#overview = await this.world.backups.overview();
    return this.#overview;
  }

  /** As the dashboard was when it was last looked at. */
  row(id: StandingCase | 'in order'): Coverage {
    const { vmid } = this.of(id);
    const row = this.#overview?.rows.find(({ guest }) => guest.vmid === vmid);
    if (row === undefined) throw new Error(`there is no row of ${id}`);
    return row;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  private of(id: StandingCase | 'in order') {
    const found = this.#vmids.get(id);
    if (found === undefined) throw new Error(`there is no guest for ${id}`);
    return found;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
