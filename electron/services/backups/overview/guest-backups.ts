import type { Archive, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { GuestKey } from '../../../../shared/schemas/backup-names.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { recordsByArchive } from '../prune/archive-state.ts';

/** One backup of a guest, at however many places: what the records say of it, and what the discovery saw. */
export interface StoredBackup {
  /** When it was done (of an archive without a record: the time in its name), in milliseconds since 1970. */
  readonly at: number;
  readonly name: string;
  readonly sizeBytes: number | undefined;
  readonly record?: BackupRecord;
  /** By their ids, as the newest manifest has them. */
  readonly archives: ReadonlyMap<string, Archive>;
}

export interface BackupsOfGuest {
  /** Whole ones, newest first: made by a record, or found without one. Renamed ones are among the orphans. */
  readonly backups: readonly StoredBackup[];
  /** Every try, newest first. */
  readonly records: readonly BackupRecord[];
  readonly partial: readonly Archive[];
}

export const keyText = ({ pveCluster, type, vmid }: GuestKey): string => `${pveCluster}/${type}/${vmid}`;

const none: BackupsOfGuest = { backups: [], records: [], partial: [] };

export interface BackupIndex {
  readonly of: (guest: GuestKey) => BackupsOfGuest;
  readonly keys: readonly GuestKey[];
}

/**
 * Puts archives and records together by guest. Archives that belong to no guest
 * (renamed without an id), or of which nobody can say to which, are left out.
 */
export function indexBackups(manifest: Manifest | undefined, records: readonly BackupRecord[]): BackupIndex {
  const keys = new Map<string, GuestKey>();
  const archives = new Map<string, Archive[]>();
  const tries = new Map<string, BackupRecord[]>();
  const clusters = new Map(manifest?.nodes.map(({ node, pveCluster }) => [node, pveCluster ?? node]));
  const known = new Map<string, GuestKey[]>();
  const note = (key: GuestKey) => {
    const text = keyText(key);
    if (keys.has(text)) return text;
    keys.set(text, key);
    pushTo(known, `${key.type}/${key.vmid}`, key);
    return text;
  };
  for (const { pveCluster, type, vmid } of manifest?.guests ?? []) note({ pveCluster, type, vmid });
  const owners = archiveOwners(manifest?.guests ?? []);
  const recordOf = recordsByArchive(records);
  for (const record of records) {
    if (owners.isGuess(record)) continue;
    const { pveCluster, type, vmid } = record.guest;
    pushTo(tries, note({ pveCluster, type, vmid }), record);
  }
  for (const seen of manifest?.archives ?? []) {
    const archive = owners.withOwner(seen, recordOf.get(seen.id));
    const { type, vmid, node } = archive;
    if (type === undefined || vmid === undefined) continue;
    if (archive.pveCluster === undefined && owners.isContested(archive)) continue;
    const cluster = archive.pveCluster ?? (node === undefined ? undefined : clusters.get(node));
    const named = known.get(`${type}/${vmid}`) ?? [];
    const key = cluster === undefined ? named[0] : { pveCluster: cluster, type, vmid };
    pushTo(archives, note(key ?? { pveCluster: 'unknown', type, vmid }), archive);
  }
  const made = new Map<string, BackupsOfGuest>();
  for (const text of keys.keys()) made.set(text, backupsOf(tries.get(text) ?? [], archives.get(text) ?? []));
  return { of: (guest) => made.get(keyText(guest)) ?? none, keys: [...keys.values()] };
}

function backupsOf(records: readonly BackupRecord[], archives: readonly Archive[]): BackupsOfGuest {
  const byName = new Map<string, Map<string, Archive>>();
  for (const archive of archives) {
    // A renamed one is as old as its renaming, by Proxmox's count: it would pass for the backup of that day.
    if (archive.partial || !archive.standardName) continue;
    const places = byName.get(archive.name) ?? new Map<string, Archive>();
    byName.set(archive.name, places.set(archive.id, archive));
  }
  const backups: StoredBackup[] = [];
  for (const record of records) {
    if (record.outcome !== 'made' || record.archive === undefined) continue;
    const found = byName.get(record.archive) ?? new Map<string, Archive>();
    byName.delete(record.archive);
    backups.push({
      at: Date.parse(record.endedAt),
      name: record.archive,
      sizeBytes: record.sizeBytes,
      record,
      archives: found,
    });
  }
  for (const [name, found] of byName) {
    const [first] = found.values();
    if (first !== undefined)
      backups.push({ at: first.ctime * 1000, name, sizeBytes: first.sizeBytes, archives: found });
  }
  return {
    backups: backups.toSorted((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1)),
    records: records.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt)),
    partial: archives.filter(({ partial }) => partial),
  };
}

function pushTo<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
