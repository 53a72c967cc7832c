import { createHash } from 'node:crypto';
import { createBackupRecords } from '../../../electron/services/backups/records/backup-records.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import type { PlannedArchive, PlannedPrune, PruneRequest } from '../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { archiveName, guestOf, hour, iso, recordOf } from '../../rig/backups/made-backups.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import type { BackupWorld } from './backup-world.ts';

const still = new AbortController().signal;

/** Of the newest archive; before the clock of any test. */
export const newest = Date.UTC(2026, 10, 20, 2, 30);
export const day = 24 * hour;

export const dump = '/mnt/pve/nas/dump';

/** Archives as vzdump leaves them, one a day, and records that say they were read and are right; newest first. */
export async function makeArchives(
  world: BackupWorld,
  count: number,
  { vmid = 100, node = 'baobab', folder = dump, place = 'storage:nas' } = {},
): Promise<BackupRecord[]> {
  const records = Array.from({ length: count }, (_, index) => {
    const at = newest - index * day;
    const name = archiveName(vmid, at);
    return recordOf(guestOf(vmid, { node }), at, {
      place,
      storage: place.slice(place.lastIndexOf('/') + 1).replace('storage:', ''),
      volid: `${place.slice(place.lastIndexOf('/') + 1).replace('storage:', '')}:backup/${name}`,
      files: [{ name, sizeBytes: contentOf(name).length, sha256: digestOf(contentOf(name)) }],
      sizeBytes: contentOf(name).length,
      copies: [],
      checks: [{ at: iso(at + hour), kind: 'checksum', place, outcome: 'passed', detail: 'read again' }],
    });
  });
  const store = createBackupRecords({ lab: world.lab });
  for (const record of records) {
    await store.put(record.id, () => record);
    writeArchive(world.rig.node(node), `${folder}/${record.archive}`);
  }
  return records;
}

/** Copies them to a target, which is set up, and says so in their records. */
export async function copyArchives(
  world: BackupWorld,
  records: readonly BackupRecord[],
  target: string,
): Promise<void> {
  const store = await createBackupTargets({ ...world, clock: systemClock }).open(target);
  for (const record of records) {
    const files = record.files.map((file) => Object.assign({ path: `${dump}/${file.name}` }, file));
    const copy = await store.copy(
      { record, node: record.guest.node, files },
      { signal: still, progress: () => undefined },
    );
    await createBackupRecords({ lab: world.lab }).put(record.id, (now = record) => ({
      ...now,
      copies: [copy],
    }));
  }
}

/** A record that says that an export was read and is right. */
export async function foundExport(world: BackupWorld, folder: string): Promise<void> {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const [, year, month, date] = /(\d{4})_(\d{2})_(\d{2})-02_30_00$/.exec(name) ?? [];
  const record = recordOf(guestOf(108), Date.UTC(Number(year), Number(month) - 1, Number(date), 2, 30), {
    method: 'export',
    archive: name,
    sizeBytes: 1,
    copies: [],
    checks: [
      { at: iso(newest), kind: 'checksum', place: 'storage:nas', outcome: 'passed', detail: 'read again' },
    ],
  });
  await createBackupRecords({ lab: world.lab }).put(record.id, () => record);
}

function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** With all that Proxmox and Sifaka put beside one. */
export function writeArchive(node: CheapNode, path: string): void {
  node.writeFile(path, contentOf(path.slice(path.lastIndexOf('/') + 1)));
  node.writeFile(`${path}.notes`, 'web\n');
  node.writeFile(path.replace(/\.(vma|tar)\.zst$/, '.log'), 'INFO: Finished Backup\n');
  node.writeFile(`${path}.sifaka.json`, '{}\n');
}

function contentOf(name: string): string {
  return `what stands for ${name}\n`;
}

export const planPrune = (world: BackupWorld, request: PruneRequest = {}) =>
  world.backups.planPrune(request, still);

/** Plans and removes. */
export async function prune(world: BackupWorld, request: PruneRequest = {}) {
  const planned = await planPrune(world, request);
  const { jobId } = await world.backups.prune(planned.digest);
  return { planned, ...(await pruned(world, jobId)) };
}

export async function pruned(world: BackupWorld, jobId: string) {
  const { ended, events } = await world.ended(jobId);
  const report = ended.report?.kind === 'backup-prune' ? ended.report : undefined;
  return { ended, events, report };
}

export function toRemove({ plan }: PlannedPrune): PlannedArchive[] {
  return plan.archives.filter(({ mark }) => mark === 'remove');
}
