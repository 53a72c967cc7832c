import { z } from 'zod';
import { clusterBackupsSchema } from './backup-policy.ts';
import { hostLabelSchema } from './names.ts';
import { clusterThunderbridgeSchema, nodeThunderbridgeSchema } from './thunderbridge.ts';

/** An IP address (an IPv6 one may have a zone) or a host name: nothing that a program could read as an option. */
export const hostAddressSchema = z
  .string()
  .max(253)
  .regex(/^[0-9A-Za-z:][0-9A-Za-z._:%-]*$/, 'must be an IP address or a host name');

/** POSIX's portable user names, and the domain accounts of Windows. */
export const remoteUserSchema = z
  .string()
  .max(104)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/, 'must be the name of a user');

/** How a node is reached by SSH, where it is not as `hosts.management` (else `wan.address`) and ~/.ssh/config say. */
const nodeSshSchema = z.looseObject({
  address: hostAddressSchema.optional(),
  port: z.int().min(1).max(65535).optional(),
  user: remoteUserSchema.optional(),
  /** As ProxyJump: another node's name or `[user@]host[:port]`, several parted by commas, or `none`. */
  jump: z.string().min(1).max(512).optional(),
});

/**
 * `cluster/<name>.json` (madagascar.json): `clusters.<name>.nodes.<node>`. It is older than Sifaka and shared with
 * other tools, so unknown keys are kept and it carries no schema tag unless Sifaka made it.
 */
export const clusterNodeSchema = z.looseObject({
  hosts: z.looseObject({}).optional(),
  wan: z.looseObject({}).optional(),
  thunderbridge: nodeThunderbridgeSchema.optional(),
  ssh: nodeSshSchema.optional(),
});

export const clusterFileSchema = z.looseObject({
  schema: z.literal('sifaka.cluster/1').optional(),
  clusters: z.record(
    z.string().min(1).max(63),
    z.looseObject({
      nodes: z.record(hostLabelSchema, clusterNodeSchema),
      thunderbridge: clusterThunderbridgeSchema.optional(),
      /** Where backups go. */
      backups: clusterBackupsSchema.optional(),
    }),
  ),
});
export type ClusterNode = z.infer<typeof clusterNodeSchema>;
export type ClusterFile = z.infer<typeof clusterFileSchema>;
/** One of the file's clusters. */
export type Cluster = ClusterFile['clusters'][string];
