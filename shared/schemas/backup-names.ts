import { z } from 'zod';
import { hostLabelSchema, plainNameSchema } from './names.ts';

/** Proxmox's guest ids (PVE::JSONSchema, pve-vmid): 100 to 999999999. */
export const vmidSchema = z.int().min(100).max(999_999_999);

/** A virtual machine or a container, by Proxmox's own word for it. */
export const guestTypeSchema = z.enum(['qemu', 'lxc']);
export type GuestType = z.infer<typeof guestTypeSchema>;

/** A storage as Proxmox lets one be called (PVE::JSONSchema, pve-storage-id). */
export const storageIdSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]$/, 'must be the name of a Proxmox storage, as in local-lvm');

/** A target of the cluster file. */
export const targetNameSchema = plainNameSchema;

/** `baobab/100`. */
export const guestAddressSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[1-9]\d{2,8}$/, 'must be NODE/VMID, as in baobab/100');

/**
 * Where archives are: a storage of one node (`storage:baobab/local`), one that a whole Proxmox cluster shares
 * (`storage:nas`), or a target of the cluster file (`target:offsite`).
 */
export const placeSchema = z
  .string()
  .max(200)
  .regex(
    /^(storage:([a-z0-9-]+\/)?[A-Za-z][A-Za-z0-9_.-]*|target:[a-z0-9][a-z0-9._-]*)$/,
    'must be a place of archives, as in storage:nas or target:offsite',
  );

/**
 * An archive's own name: the last part of its volume id, or an export's folder. Proxmox's schema of names is
 * `vzdump-(qemu|lxc)-VMID-YYYY_MM_DD-HH_MM_SS.EXT` (pve-storage, PVE::Storage::archive_info); one that somebody renamed is
 * an archive too.
 */
export const archiveNameSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\0\n]+$/, 'must be the name of one file')
  .refine((name) => name !== '.' && name !== '..', 'must be the name of one file');

/** One archive at one place: `storage:nas#vzdump-qemu-100-2026_11_20-14_00_00.vma.zst`. */
export const archiveIdSchema = z.string().min(3).max(456);

/** A guest for good: one Proxmox cluster (or a node that is in none) gives an id to one guest only. */
export const guestKeySchema = z.object({
  /** The name of the Proxmox cluster, or the node when it is in none. */
  pveCluster: z.string().min(1).max(63),
  type: guestTypeSchema,
  vmid: vmidSchema,
});
export type GuestKey = z.infer<typeof guestKeySchema>;

export const nodeNameSchema = hostLabelSchema;
