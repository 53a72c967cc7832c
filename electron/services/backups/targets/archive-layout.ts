import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { ZonedTime } from '../../../../shared/zoned-time.ts';

/**
 * Where an archive lies at a target: `<pveCluster>/<type>-<vmid>/<archive>/`, in which are its files and, once all of them
 * are there, the record. Names that come from a node, a lab file or a server are checked here before they become a path.
 */

export const recordFile = 'sifaka-backup.json';
export const markFile = '.sifaka-backup-target';
/** What a file is called while it is copied; no file of an archive ends so. */
export const partSuffix = '.sifaka-part';

/** One part of a path that no file system, server or terminal takes for something else. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.,:+@=~-]{0,254}$/;
const guestPattern = /^(qemu|lxc)-([1-9]\d{2,8})$/;

export function isPlainName(name: string): boolean {
  return namePattern.test(name) && !name.endsWith(partSuffix);
}

export interface ArchivePlace {
  readonly pveCluster: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly name: string;
}

/** The folder of an archive, relative to its target; `undefined` when a name of it is none. */
export function archiveFolder({ pveCluster, type, vmid, name }: ArchivePlace): string | undefined {
  if (![pveCluster, name].every((part) => isPlainName(part))) return undefined;
  return `${pveCluster}/${type}-${vmid}/${name}`;
}

export function placeOfRecord({ guest, archive }: BackupRecord): ArchivePlace | undefined {
  if (archive === undefined) return undefined;
  return { pveCluster: guest.pveCluster, type: guest.type, vmid: guest.vmid, name: archive };
}

export function placeOfArchive({ pveCluster, type, vmid, name }: Archive): ArchivePlace | undefined {
  if (pveCluster === undefined || type === undefined || vmid === undefined) return undefined;
  return { pveCluster, type, vmid, name };
}

/** A file found at a target. */
export interface PlaceFile {
  /** Relative to the target, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Seconds since 1970. */
  readonly changed: number;
}

export interface FoundArchive extends ArchivePlace {
  readonly folder: string;
  readonly whole: boolean;
  readonly sizeBytes: number;
  readonly changed: number;
}

/** What lies where archives do; everything else at a target is not ours, and is not looked at. */
export function archivesAmong(files: Iterable<PlaceFile>): FoundArchive[] {
  const found = new Map<string, FoundArchive>();
  for (const { path, sizeBytes, changed } of files) {
    const place = placeOfPath(path);
    if (place === undefined) continue;
    const { folder, file, ...archive } = place;
    const before = found.get(folder) ?? { ...archive, folder, whole: false, sizeBytes: 0, changed: 0 };
    const isRecord = file === recordFile;
    found.set(folder, {
      ...before,
      whole: before.whole || isRecord,
      sizeBytes: before.sizeBytes + (isRecord ? 0 : sizeBytes),
      changed: Math.max(before.changed, changed),
    });
  }
  return [...found.values()];
}

function placeOfPath(path: string): (ArchivePlace & { folder: string; file: string }) | undefined {
  const [pveCluster = '', guest = '', name = '', file = '', ...deeper] = path.split('/');
  const [, type, digits] = guestPattern.exec(guest) ?? [];
  const vmid = vmidSchema.safeParse(Number(digits));
  if (deeper.length > 0 || !vmid.success || (type !== 'qemu' && type !== 'lxc')) return undefined;
  if (!isPlainName(pveCluster) || !isPlainName(name) || file === '') return undefined;
  return { pveCluster, type, vmid: vmid.data, name, file, folder: `${pveCluster}/${guest}/${name}` };
}

/** `vzdump-TYPE-VMID-YYYY_MM_DD-HH_MM_SS.EXT` (pve-storage, PVE::Storage::archive_info), and the folders of exports. */
const standardName =
  /^(vzdump|sifaka-export)-(qemu|lxc)-([1-9]\d{2,8})-(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)_(\d\d)(?:\.((?:vma|tar)(?:\.(?:zst|gz|lzo|bz2))?))?$/;

/** Clocks of a house are a little apart. */
const toleranceSeconds = 60;

/** An archive of a target as the manifest has it. `target` is the target's name, `now` in milliseconds since 1970. */
export function listedArchive(
  target: string,
  node: string | undefined,
  zone: ZonedTime,
  now: number,
  { pveCluster, type, vmid, name, sizeBytes, changed, whole }: FoundArchive,
): Archive {
  const [, kind, namedType, namedId, year, month, day, hour, minute, second, extension] =
    standardName.exec(name) ?? [];
  const isStandard =
    namedType === type &&
    Number(namedId) === vmid &&
    (kind === 'sifaka-export') === (extension === undefined);
  const moment =
    isStandard &&
    zone.moment({
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    });
  const ctime = typeof moment === 'number' && Number.isFinite(moment) ? Math.floor(moment / 1000) : changed;
  return {
    id: `target:${target}#${name}`,
    place: `target:${target}`,
    name,
    ...(node === undefined ? {} : { node }),
    pveCluster,
    type,
    vmid,
    method: name.startsWith('sifaka-export-') ? 'export' : 'vzdump',
    ctime,
    sizeBytes,
    format: extension ?? (kind === 'sifaka-export' ? 'export' : 'unknown'),
    protected: false,
    standardName: isStandard,
    partial: !whole,
    fromTheFuture: ctime > now / 1000 + toleranceSeconds,
  };
}
