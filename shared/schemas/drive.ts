import { z } from 'zod';

/** A file system, a partition or a volume on a drive, as the system sees it; every text comes from the drive. */
export const drivePartSchema = z.object({
  /** As in `sda1`; the drive's own name when the file system has no partition. */
  name: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** libblkid's word for it, as in `ext4`, `vfat`, `LVM2_member`; absent when nothing is known on it. */
  fileSystem: z.string().optional(),
  label: z.string().optional(),
  mountpoints: z.array(z.string()),
});
export type DrivePart = z.infer<typeof drivePartSchema>;

/**
 * A whole drive of this machine: a card in its slot, a stick, a disk, or a loop device, which is a file that stands for
 * one. A drive that is not offered cannot be chosen by any means; `reasons` says why, for the operator.
 */
export const driveSchema = z.object({
  /** `/dev/sdb`, `\\.\PhysicalDrive2`. */
  path: z.string(),
  kind: z.enum(['card', 'usb', 'disk', 'loop']),
  /** One line that tells it from the others: model, size, the end of its serial. */
  label: z.string(),
  model: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** As in `usb`, `mmc`, `sata`, `nvme`, `virtio`, `loop`; `unknown` when the system does not say. */
  bus: z.string(),
  /** Of the drive or of the reader it is in: many readers report their own. */
  serial: z.string().optional(),
  /** The card identification register of an SD card in a slot of its own. */
  cid: z.string().optional(),
  removable: z.boolean(),
  readOnly: z.boolean(),
  parts: z.array(drivePartSchema),
  /** What is on it, in words. */
  contents: z.string(),
  /** Changes when another drive is behind the path; {@link Target.identity}. */
  identity: z.string(),
  offered: z.boolean(),
  /** Why it is not offered; empty when it is. */
  reasons: z.array(z.string()),
  /** Whether what is not written can be discarded by the drive itself. */
  canDiscard: z.boolean(),
});
export type Drive = z.infer<typeof driveSchema>;
