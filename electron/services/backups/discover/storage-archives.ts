import { z } from 'zod';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { archiveNameSchema, guestTypeSchema, vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import type { ZonedTime } from '../../../../shared/zoned-time.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { namedArchive } from './archive-names.ts';
import { lineOf } from './cluster-resources.ts';
import { flagSchema, type Rows, rowsIn, sizeSchema, textSchema } from './pve-json.ts';

/** An archive as a storage of one node has it; which place that is, and whose guest, is decided over all nodes. */
export type FoundArchive = Omit<Archive, 'id' | 'place' | 'node' | 'pveCluster'>;

export interface Listing {
  readonly storage: string;
  /** The node's clock at the end of its answer, in seconds. */
  readonly nodeTime: number;
  /** The clocks that names are written by, where nothing else says when an archive was made. */
  readonly zone: ZonedTime;
}

/** More of one storage are not taken. */
const mostArchives = 100_000;
/** By how much the clocks of two nodes of a healthy cluster may differ. */
const toleranceSeconds = 60;

const numberSchema = z.union([
  z.number(),
  z.string().max(20).regex(/^\d+$/).transform(Number),
  z.unknown().transform(() => undefined),
]);

/** `pvesh get /nodes/NODE/storage/STORE/content --content backup` (pve-storage, PVE/API2/Storage/Content.pm). */
const rowSchema = z.looseObject({
  volid: z.string().min(1).max(600),
  ctime: numberSchema.optional(),
  size: sizeSchema,
  format: textSchema,
  vmid: numberSchema.optional(),
  subtype: z.union([guestTypeSchema, z.unknown().transform(() => undefined)]).optional(),
  notes: textSchema,
  protected: flagSchema,
});

/** `undefined` when that is no such list. A row whose time or name is none is unread. */
export function archivesInContent(text: string, listing: Listing): Rows<FoundArchive> | undefined {
  const found = rowsIn(text, rowSchema, mostArchives);
  if (found === undefined) return undefined;
  const rows = found.rows.flatMap((row) => archiveIn(row, listing) ?? []);
  return { rows, unread: found.unread + found.rows.length - rows.length };
}

function archiveIn(row: z.output<typeof rowSchema>, listing: Listing): FoundArchive | undefined {
  const name = nameIn(row.volid, listing.storage);
  if (name === undefined) return undefined;
  const said = namedArchive(name);
  const ctime = row.ctime ?? secondsOf(said.time, listing.zone);
  if (ctime === undefined || !Number.isSafeInteger(ctime)) return undefined;
  const vmid = vmidSchema.safeParse(said.vmid ?? row.vmid);
  const notes = lineOf(row.notes);
  const type = said.type ?? row.subtype ?? typeOfFormat(row.format);
  return {
    name,
    volid: row.volid,
    method: 'vzdump',
    ...(type === undefined ? {} : { type }),
    ...(vmid.success ? { vmid: vmid.data } : {}),
    ctime,
    sizeBytes: row.size ?? 0,
    format: onOneLine(row.format ?? '', 40),
    ...(notes === undefined ? {} : { notes }),
    protected: row.protected,
    standardName: said.standard || isOfBackupServer(row.volid, row.format),
    partial: false,
    fromTheFuture: ctime > listing.nodeTime + toleranceSeconds,
  };
}

/**
 * The last part of a volume id, `nas:backup/NAME`. A Proxmox Backup Server's has more than one, `pbs:backup/vm/100/TIME`:
 * they are joined, since TIME alone would be the name of several. `undefined` for one that is no archive of this storage.
 */
function nameIn(volid: string, storage: string): string | undefined {
  const start = `${storage}:backup/`;
  if (!volid.startsWith(start) || onOneLine(volid, 600) !== volid) return undefined;
  const name = archiveNameSchema.safeParse(volid.slice(start.length).replaceAll('/', '-'));
  return name.success ? name.data : undefined;
}

function isOfBackupServer(volid: string, format: string | undefined): boolean {
  return (format ?? '').startsWith('pbs-') && /:backup\/(vm|ct)\/\d+\//.test(volid);
}

function typeOfFormat(format: string | undefined): Archive['type'] {
  if (format === 'pbs-vm' || format?.startsWith('vma') === true) return 'qemu';
  return format === 'pbs-ct' || format?.startsWith('tar') === true || format === 'tgz' ? 'lxc' : undefined;
}

export function secondsOf(
  time: ReturnType<typeof namedArchive>['time'],
  zone: ZonedTime,
): number | undefined {
  return time === undefined ? undefined : Math.floor(zone.moment(time) / 1000);
}

/** What is written right now is not what a run left. */
const writtenWithinSeconds = 600;

interface Entry {
  readonly kind: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly path: readonly string[];
}

/**
 * The part `folder-STORE` of an answer: files that a run left half made (`….vma.dat`, `….tmp`), and exports with their
 * files. `busy` are guests that are being backed up now: what of them was written in the last minutes is nobody's leftover.
 */
export function archivesInFolder(text: string, listing: Listing, busy: ReadonlySet<number>): FoundArchive[] {
  const entries = text.split('\0').slice(0, mostArchives).flatMap(entryIn);
  const inside = new Map<string, Entry[]>();
  for (const entry of entries.filter(({ path }) => path.length === 2)) {
    const [folder = ''] = entry.path;
    inside.set(folder, [...(inside.get(folder) ?? []), entry]);
  }
  return entries
    .filter(({ path }) => path.length === 1)
    .flatMap((entry) => {
      const [name = ''] = entry.path;
      const found = leftOver(entry, name, inside.get(name) ?? [], listing);
      const isBeingWritten =
        found?.partial === true &&
        found.vmid !== undefined &&
        busy.has(found.vmid) &&
        entry.seconds > listing.nodeTime - writtenWithinSeconds;
      return found === undefined || isBeingWritten ? [] : [found];
    });
}

function leftOver(
  entry: Entry,
  name: string,
  files: readonly Entry[],
  listing: Listing,
): FoundArchive | undefined {
  const isExport = /^\.?sifaka-export-/.test(name);
  if (isExport ? entry.kind !== 'd' : !/\.(dat|tmp)$/.test(name)) return undefined;
  const shown = name.replace(/^\./, '').replace(/\.partial$/, '');
  const said = namedArchive(shown);
  const isWhole = isExport && name === shown && files.some(({ path }) => path[1] === 'SHA256SUMS');
  const ctime = secondsOf(said.time, listing.zone) ?? entry.seconds;
  return {
    name,
    method: isExport ? 'export' : 'vzdump',
    ...(said.type === undefined ? {} : { type: said.type }),
    ...(said.vmid === undefined ? {} : { vmid: said.vmid }),
    ctime,
    sizeBytes: isExport ? files.reduce((sum, { bytes }) => sum + bytes, 0) : entry.bytes,
    format: isExport ? 'export' : (/[a-z]+$/.exec(name)?.[0] ?? ''),
    protected: files.some(({ path }) => path[1] === '.protected'),
    standardName: isWhole && said.standard,
    partial: !isWhole,
    fromTheFuture: ctime > listing.nodeTime + toleranceSeconds,
  };
}

/** As find(1) was told to print: kind, bytes, seconds since 1970 with a fraction, and the path below the folder. */
function entryIn(text: string): Entry[] {
  const [, kind, bytes, seconds, path] =
    /^([a-z]) (\d{1,18}) (\d{1,12})(?:\.\d*)? (.{1,600})$/su.exec(text) ?? [];
  const parts = path?.split('/') ?? [];
  if (kind === undefined || parts.some((part) => !archiveNameSchema.safeParse(part).success)) return [];
  if (onOneLine(path ?? '', 600) !== path) return [];
  return [{ kind, bytes: Number(bytes), seconds: Number(seconds), path: parts }];
}
