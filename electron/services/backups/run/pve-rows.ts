import { z } from 'zod';
import { storageIdSchema, vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import { onOneLine } from '../../lab/plain-text.ts';

/** Proxmox writes numbers as numbers or as text, depending on the plugin. */
const number = z.coerce.number().nonnegative().optional().catch(undefined);
const flag = z.preprocess((value) => value === 1 || value === '1' || value === true, z.boolean());
const shortText = z
  .string()
  .transform((value) => onOneLine(value, 200))
  .optional()
  .catch(undefined);

/** A guest of `/cluster/resources` (PVE::API2Tools, extract_vm_stats); without statistics only the first lines are there. */
const guestRowSchema = z.object({
  type: z.enum(['qemu', 'lxc']),
  vmid: vmidSchema,
  node: z.string().max(63),
  status: shortText,
  name: shortText,
  template: flag.optional(),
  tags: shortText,
  pool: shortText,
  lock: shortText,
  hastate: shortText,
  maxdisk: number,
});
export type GuestRow = z.infer<typeof guestRowSchema>;

/** A storage of `/nodes/NODE/storage` (PVE::API2::Storage::Status). */
const storageRowSchema = z.object({
  storage: storageIdSchema,
  type: z.string().max(40),
  content: z.string().max(400).default(''),
  shared: flag.default(false),
  enabled: flag.default(true),
  active: flag.default(false),
  total: number,
  used: number,
  avail: number,
});
export type StorageRow = z.infer<typeof storageRowSchema>;

const clusterRowSchema = z.object({ type: z.string(), name: z.string().min(1).max(63) });

/** What a list says, and how many of its rows are of no known form: each may be what is looked for. */
export interface PveRows<Row> {
  readonly rows: readonly Row[];
  readonly unread: number;
}

/** Rows of a kind; those that `isOther` are left out. `undefined` when it is no JSON list at all. */
function rowsOf<Row>(
  output: string,
  schema: z.ZodType<Row>,
  isOther: (row: unknown) => boolean = () => false,
): PveRows<Row> | undefined {
  const json = jsonIn(output);
  if (!Array.isArray(json)) return undefined;
  const rows: Row[] = [];
  let unread = 0;
  for (const row of json as readonly unknown[]) {
    const parsed = schema.safeParse(row);
    if (parsed.success) rows.push(parsed.data);
    else if (!isOther(row)) unread += 1;
  }
  return { rows, unread };
}

/** Nodes, storages and pools are in the list of a cluster's resources too. */
const otherResourceSchema = z.looseObject({ type: z.string().refine((type) => !/^(qemu|lxc)$/.test(type)) });

export const guestRowsOf = (output: string): PveRows<GuestRow> | undefined =>
  rowsOf(output, guestRowSchema, (row) => otherResourceSchema.safeParse(row).success);
export const storageRowsOf = (output: string): PveRows<StorageRow> | undefined =>
  rowsOf(output, storageRowSchema);

/** The Proxmox cluster's name; `undefined` for a node that is in none. */
export function clusterNameOf(output: string): string | undefined {
  return rowsOf(output, clusterRowSchema)?.rows.find(({ type }) => type === 'cluster')?.name;
}

/** Warnings (`ipcc_send_rec …`) may come before the answer, which is one line. */
function jsonIn(output: string): unknown {
  const line = output
    .split('\n')
    .toReversed()
    .find((candidate) => /^[[{]/.test(candidate));
  try {
    return line === undefined ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What a backup has to know of a guest's own configuration, without its snapshots. */
export interface GuestConfig {
  readonly vmid: number;
  readonly lock?: string;
  /** Disks that vzdump leaves out, as in `scsi1`. */
  readonly excluded: readonly string[];
  readonly name?: string;
}

/** `/etc/pve/…/100.conf` with its id on a line before it (PVE::QemuServer and PVE::LXC::Config, parse_config). */
export function guestConfigOf(text: string): GuestConfig | undefined {
  const [id, ...lines] = text.split('\n');
  const vmid = vmidSchema.safeParse(Number(id));
  if (!vmid.success) return undefined;
  // Snapshots and pending changes follow in sections of their own.
  const end = lines.findIndex((line) => line.startsWith('['));
  const own = end < 0 ? lines : lines.slice(0, end);
  let lock: string | undefined;
  let name: string | undefined;
  const excluded: string[] = [];
  for (const line of own) {
    const [, key, value] = /^([a-z][a-z_]*\d*): ?(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    if (key === 'lock') lock = onOneLine(value, 40);
    if (key === 'name' || key === 'hostname') name = onOneLine(value, 200);
    if (isLeftOut(key, value)) excluded.push(key);
  }
  return {
    vmid: vmid.data,
    ...(lock === undefined ? {} : { lock }),
    ...(name === undefined ? {} : { name }),
    excluded,
  };
}

/** Disks of machines are in unless `backup=0`; mount points of containers are out unless `backup=1`, the root never. */
function isLeftOut(key: string, value: string): boolean {
  const options = value.split(',');
  if (/^(ide|scsi|sata|virtio|efidisk|tpmstate)\d+$/.test(key)) {
    return !options.includes('media=cdrom') && options[0] !== 'none' && options.includes('backup=0');
  }
  return /^mp\d+$/.test(key) && !options.includes('backup=1');
}
