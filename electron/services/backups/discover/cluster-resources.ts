import { z } from 'zod';
import { guestTypeSchema, vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { flagSchema, type Rows, rowsIn, sizeSchema, textSchema } from './pve-json.ts';

/** A guest as a list of its node or its cluster has it. */
export interface ListedGuest
  extends Pick<Guest, 'type' | 'vmid' | 'name' | 'status' | 'template' | 'tags' | 'pool' | 'lock'> {
  /** What Proxmox calls the node it is on. */
  readonly pveNode: string;
  readonly maxDisk?: number | undefined;
}

const mostGuests = 100_000;

/** `pvesh get /cluster/resources` (pve-manager, PVE/API2/Cluster.pm): a guest without statistics has no name and no sizes. */
const rowSchema = z.looseObject({
  type: guestTypeSchema,
  vmid: z.union([
    vmidSchema,
    z
      .string()
      .regex(/^\d{3,9}$/)
      .transform(Number)
      .pipe(vmidSchema),
  ]),
  node: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/),
  name: textSchema,
  status: textSchema,
  template: flagSchema,
  tags: textSchema,
  pool: textSchema,
  lock: textSchema,
  maxdisk: sizeSchema,
});

/** What else is in the cluster: nodes, storages, pools. */
const otherSchema = z.looseObject({
  type: z.string().refine((type) => !guestTypeSchema.safeParse(type).success),
});

/** All guests that a node's cluster has, also those on other nodes; `undefined` when that is no such list. */
export function guestsInResources(text: string): Rows<ListedGuest> | undefined {
  const found = rowsIn(
    text,
    z.union([rowSchema.transform(guestIn), otherSchema.transform(() => 'other' as const)]),
    mostGuests,
  );
  return found && { rows: found.rows.filter((row) => row !== 'other'), unread: found.unread };
}

function guestIn(row: z.output<typeof rowSchema>): ListedGuest {
  const [name, pool, lock] = [lineOf(row.name), lineOf(row.pool), lineOf(row.lock)];
  return {
    type: row.type,
    vmid: row.vmid,
    pveNode: row.node.toLowerCase(),
    status: guestStatus(row.status),
    template: row.template,
    tags: tagsIn(row.tags ?? ''),
    ...(name === undefined ? {} : { name }),
    ...(pool === undefined ? {} : { pool }),
    ...(lock === undefined ? {} : { lock }),
    ...(row.maxdisk === undefined || row.maxdisk === 0 ? {} : { maxDisk: row.maxdisk }),
  };
}

export function guestStatus(text: string | undefined): Guest['status'] {
  return text === 'running' || text === 'stopped' || text === 'paused' ? text : 'unknown';
}

/** Parted by `;`, `,` or blanks (PVE::Tools::split_list). */
export function tagsIn(text: string): string[] {
  const tags = text
    .slice(0, 10_000)
    .split(/[;,\s]+/)
    .map((tag) => onOneLine(tag, 100));
  return [...new Set(tags.filter((tag) => tag !== ''))].slice(0, 100);
}

/** A text of a node on one line; `undefined` when nothing is left of it. */
export function lineOf(text: string | undefined): string | undefined {
  return onOneLine(text ?? '', 200) || undefined;
}
