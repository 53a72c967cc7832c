import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import {
  archiveIdSchema,
  archiveNameSchema,
  guestKeySchema,
  guestTypeSchema,
  nodeNameSchema,
  placeSchema,
  storageIdSchema,
  vmidSchema,
} from './backup-names.ts';
import { timestampSchema } from './names.ts';

/** Text that a node wrote: on one line, bounded, without anything that a terminal or a page would obey. */
const nodeText = z.string().max(500);

export const guestSchema = guestKeySchema.extend({
  node: nodeNameSchema,
  /** Missing when nobody gave it one, or its node does not say. */
  name: nodeText.optional(),
  status: z.enum(['running', 'stopped', 'paused', 'unknown']),
  template: z.boolean().default(false),
  tags: z.array(nodeText).default([]),
  pool: nodeText.optional(),
  /** `backup`, `migrate`, …: what holds the guest right now. */
  lock: nodeText.optional(),
  /** What it may grow to: all disks that vzdump takes together, in bytes. */
  diskBytes: z.number().nonnegative().optional(),
  /** Disks that vzdump leaves out (`backup=0`, and what it never takes), as `scsi1`. */
  excludedDisks: z.array(nodeText).default([]),
  /** Whether its configuration has the guest agent on; missing when that is not known. */
  agent: z.boolean().optional(),
  /**
   * `pvesh`, `list`: its node said so; `other-node`: only another node of the Proxmox cluster knows of it; `manifest`: its
   * node is silent, and an earlier manifest has it.
   */
  source: z.enum(['pvesh', 'list', 'other-node', 'manifest']),
  /** When it was last seen, where that is not this time. */
  seenAt: timestampSchema.optional(),
});
export type Guest = z.infer<typeof guestSchema>;

export const storageSchema = z.object({
  storage: storageIdSchema,
  type: nodeText,
  shared: z.boolean(),
  active: z.boolean(),
  /** Whether it may hold backups. */
  backups: z.boolean(),
  totalBytes: z.number().nonnegative().optional(),
  usedBytes: z.number().nonnegative().optional(),
  availableBytes: z.number().nonnegative().optional(),
  /** Why its archives could not be listed. */
  problem: problemSchema.optional(),
});
export type BackupStorage = z.infer<typeof storageSchema>;

/** One archive at one place. */
export const archiveSchema = z.object({
  /** `<place>#<name>` */
  id: archiveIdSchema,
  place: placeSchema,
  name: archiveNameSchema,
  /** The node that was asked; any node of the cluster can be for a shared place. Missing for targets that no node sees. */
  node: nodeNameSchema.optional(),
  /** As Proxmox names it, as in `nas:backup/vzdump-qemu-100-….vma.zst`; missing at a target. */
  volid: z.string().max(600).optional(),
  pveCluster: z.string().max(63).optional(),
  /** Missing when the name does not say. */
  type: guestTypeSchema.optional(),
  vmid: vmidSchema.optional(),
  method: z.enum(['vzdump', 'export']).default('vzdump'),
  /** Seconds since 1970: of the name, else of the file. */
  ctime: z.int(),
  sizeBytes: z.number().nonnegative(),
  format: nodeText,
  notes: nodeText.optional(),
  protected: z.boolean().default(false),
  /** Whether the name is of Proxmox's schema. A renamed archive is never pruned. */
  standardName: z.boolean(),
  /** `.dat`, `.tmp`: what a run that was cut off left. */
  partial: z.boolean().default(false),
  /** The name's time is later than the clock of the node that was asked. */
  fromTheFuture: z.boolean().default(false),
  /** When it was last seen, where that is not this time: its place could not be looked at. */
  seenAt: timestampSchema.optional(),
});
export type Archive = z.infer<typeof archiveSchema>;

/** A network of a node that backups would go over. */
export const backupRouteSchema = z.object({
  /** A storage or target, as `storage:nas`. */
  place: placeSchema,
  address: nodeText,
  interface: nodeText,
  /** The node's own address on it. */
  source: nodeText.optional(),
  /** In words of the cluster file. */
  network: z.enum(['wan', 'thunderbridge', 'other']),
});

export const manifestNodeSchema = z.object({
  node: nodeNameSchema,
  /** `silent`: it did not answer; `not-proxmox`: it did, and there is nothing of Proxmox on it. */
  state: z.enum(['answered', 'silent', 'not-proxmox']),
  /** Why not `answered`, or what of it could not be asked. */
  problem: problemSchema.optional(),
  pveCluster: z.string().max(63).optional(),
  version: nodeText.optional(),
  /** What manages guests there when it is not Proxmox: `libvirt`, `none`. */
  other: z.enum(['libvirt', 'none']).optional(),
  /** By how much its clock is ahead of ours; negative when behind. */
  clockSkewSeconds: z.number().optional(),
  storages: z.array(storageSchema).default([]),
  routes: z.array(backupRouteSchema).default([]),
});
export type ManifestNode = z.infer<typeof manifestNodeSchema>;

/** A target of the cluster file as it was looked at. */
export const manifestTargetSchema = z.object({
  target: z.string(),
  kind: z.enum(['node-folder', 'local-folder', 's3']),
  state: z.enum(['ready', 'unreachable', 'unmounted', 'not-set-up']),
  problem: problemSchema.optional(),
  availableBytes: z.number().nonnegative().optional(),
});
export type ManifestTarget = z.infer<typeof manifestTargetSchema>;

/** What is new since the manifest before. Addresses are `baobab/100`. */
export const manifestChangesSchema = z.object({
  since: timestampSchema.optional(),
  guestsAdded: z.array(z.string()),
  guestsGone: z.array(z.string()),
  guestsMoved: z.array(z.object({ guest: z.string(), from: nodeNameSchema, to: nodeNameSchema })),
  archivesAdded: z.int().nonnegative(),
  archivesGone: z.array(archiveIdSchema),
  nodesSilent: z.array(nodeNameSchema),
});
export type ManifestChanges = z.infer<typeof manifestChangesSchema>;

/** `backups/manifest-<date>.json`: all that a discovery saw. */
export const manifestSchema = z.object({
  schema: z.literal('sifaka.backup-manifest/1'),
  at: timestampSchema,
  cluster: z.string(),
  nodes: z.array(manifestNodeSchema),
  guests: z.array(guestSchema),
  archives: z.array(archiveSchema),
  targets: z.array(manifestTargetSchema).default([]),
  changes: manifestChangesSchema,
});
export type Manifest = z.infer<typeof manifestSchema>;

export const discoverySchema = z.object({
  /** The manifest's place in the lab. */
  file: z.string(),
  manifest: manifestSchema,
});
export type Discovery = z.infer<typeof discoverySchema>;
