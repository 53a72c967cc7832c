import { z } from 'zod';
import { hostLabelSchema, plainNameSchema, sha256Schema } from './names.ts';
import { schemaTag } from './version.ts';

/** `metis/inventory.yaml`: node classes, golden images, recoverable nodes and their hooks. */

/** A path on the card: absolute, normalised, no `..`, no control characters. */
export const cardPathSchema = z
  .string()
  .max(1024)
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, 'must be an absolute path without control characters')
  .refine((path) => !path.split('/').some((part) => part === '..' || part === '.'), 'may not contain . or ..')
  .refine((path) => !path.includes('//') && (path === '/' || !path.endsWith('/')), 'must be normalised');

/** A path in the lab folder: relative, forward slashes. That it stays inside is checked where it is opened. */
export const labPathSchema = z.string().min(1).max(512);

const singleLine = z
  .string()
  .max(1024)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line without control characters');

export const fileModeSchema = z.string().regex(/^0[0-7]{3,4}$/, "write the mode in octal, as in '0644'");

export const hookSchema = z.strictObject({
  /** A file of the lab that is copied onto the card as it is, but for line ends of Windows. */
  source: labPathSchema,
  target: cardPathSchema,
  mode: fileModeSchema.default('0644'),
  owner: z
    .string()
    .regex(/^\d{1,9}:\d{1,9}$/, "write owner as 'uid:gid'")
    .default('0:0'),
  /** true: takes the place of a file that Sifaka writes itself; without it two sources of one path are refused. */
  override: z.boolean().default(false),
});

export const userSchema = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a POSIX user name'),
  uid: z.int().min(1000).max(60000),
  gecos: singleLine.regex(/^[^:]*$/, 'may not have a colon in it').default(''),
  shell: cardPathSchema.default('/bin/bash'),
  groups: z.array(z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a POSIX group name')).default([]),
  /** Password hash (crypt(3)) from a sealed secret; without one the password is locked. */
  passwordHashSecret: plainNameSchema.optional(),
  authorizedKeys: z
    .array(
      singleLine.regex(
        /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) /,
        "must be a line of an OpenSSH public key file, as in 'ssh-ed25519 AAAA… name'",
      ),
    )
    .default([]),
  /** Passwordless sudo by a drop-in in /etc/sudoers.d. */
  sudo: z.boolean().default(false),
});

const ipAddress = z.union([z.ipv4(), z.ipv6()], { error: 'must be an address, as in 192.168.22.1' });
export const cidrAddressSchema = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'must be an address with prefix length, as in 192.168.22.41/24',
});
export const interfaceNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/, 'must be a network interface name');

export const networkSchema = z.strictObject({
  interface: interfaceNameSchema,
  /** `dhcp`, or one or more static addresses with prefix length. */
  addresses: z.union([z.literal('dhcp'), z.array(cidrAddressSchema).min(1)], {
    error: "must be 'dhcp', or a list of addresses with prefix length",
  }),
  gateway: ipAddress.optional(),
  nameservers: z.array(ipAddress).default([]),
  search: z.array(z.string().regex(/^[a-zA-Z0-9.-]{1,253}$/, 'must be a domain name')).default([]),
});

export const hostsEntrySchema = z.strictObject({
  address: ipAddress,
  names: z.array(z.string().regex(/^[a-zA-Z0-9.-]{1,253}$/, 'must be a host name')).min(1),
});

/** Kubernetes label: optional DNS prefix, name of 63 at most; value of 63 at most. */
const labelKey = z
  .string()
  .max(317)
  .regex(
    /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
    'must be a Kubernetes label name',
  );
const labelValue = z
  .string()
  .max(63)
  .regex(
    /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/,
    'must be a Kubernetes label value: letters, digits, dot, hyphen and underscore',
  );

export const k3sSchema = z.strictObject({
  role: z.enum(['server', 'agent']),
  /** The server to join; a first server has none. */
  server: z
    .url({ protocol: /^https$/, error: 'must be an https address, as in https://192.168.22.10:6443' })
    .optional(),
  clusterInit: z.boolean().default(false),
  tokenSecret: plainNameSchema,
  /** Restores /etc/rancher/node/password, so that a re-imaged node may keep its name. */
  nodePasswordSecret: plainNameSchema.optional(),
  /** `node-role.kubernetes.io/*` is refused: it stops the agent (k3s#10916). */
  labels: z
    .record(labelKey, labelValue)
    .default({})
    .refine(
      (labels) => !Object.keys(labels).some((key) => key.startsWith('node-role.kubernetes.io/')),
      'node-role.kubernetes.io/* cannot be set by the node itself: it stops the k3s agent (k3s#10916)',
    ),
  taints: z
    .array(
      z
        .string()
        .regex(
          /^[A-Za-z0-9./_-]{1,317}(=[A-Za-z0-9._-]{0,63})?:(NoSchedule|PreferNoSchedule|NoExecute)$/,
          "must be a taint, as in 'dedicated=storage:NoSchedule'",
        ),
    )
    .default([]),
  nodeIp: ipAddress.optional(),
  flannelInterface: interfaceNameSchema.optional(),
  kubeletArguments: z.array(singleLine).default([]),
});

export const longhornDiskSchema = z.strictObject({
  uuid: z
    .string()
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a file system UUID'),
  mountPath: cardPathSchema,
  filesystem: z.enum(['ext4', 'xfs']).default('ext4'),
});

export const sshHostKeySchema = z.strictObject({
  type: z.enum(['ed25519', 'ecdsa', 'rsa']),
  /** The sealed private key; with it the node keeps the identity its peers have pinned. */
  privateKeySecret: plainNameSchema,
  publicKey: singleLine.regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) /,
    "must be an OpenSSH public key, as in 'ssh-ed25519 AAAA…'",
  ),
});

export const goldenImageSchema = z.strictObject({
  /** A file of the lab, or an absolute path on this machine: raw, .gz, .xz, .zst or .zip. */
  file: z.string().min(1).max(1024),
  /** SHA-256 of that file as it is, compressed or not. */
  sha256: sha256Schema,
  description: singleLine.default(''),
  /** Partition numbers, counted from 1. */
  bootPartition: z.int().min(1).max(128).optional(),
  rootPartition: z.int().min(1).max(128),
  /** Where the root file system finds the boot partition mounted. */
  bootMount: cardPathSchema.default('/boot/firmware'),
});

const logRetentionSchema = z.strictObject({
  journalMaxUse: z
    .string()
    .regex(/^\d{1,6}[KMGT]$/, "must be a size, as in '200M'")
    .default('200M'),
  journalMaxRetention: z
    .string()
    .regex(/^\d{1,4}(day|week|month)$/, "must be a time, as in '14day'")
    .default('14day'),
  /** Days after which rotated logs below /var/log and container logs are removed. */
  logFileDays: z.int().min(1).max(365).default(14),
});

export const nodeClassSchema = z.strictObject({
  description: singleLine.default(''),
  image: plainNameSchema,
  networkRenderer: z.enum(['netplan', 'networkd', 'ifupdown']),
  k3sBinary: cardPathSchema.default('/usr/local/bin/k3s'),
  users: z.array(userSchema).default([]),
  hosts: z.array(hostsEntrySchema).default([]),
  logs: logRetentionSchema.prefault({}),
  hooks: z.array(hookSchema).default([]),
});

export const nodeSchema = z.strictObject({
  class: plainNameSchema,
  description: singleLine.default(''),
  /** Another name people use for this machine ("oceanus"). */
  alias: hostLabelSchema.optional(),
  hostname: hostLabelSchema.optional(),
  /** /etc/machine-id, 32 hexadecimal digits; kept so that DHCP leases and journals stay the node's own. */
  machineId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal digits')
    .optional(),
  /** false: known to the lab, but not rebuilt by a card yet. */
  recoverable: z.boolean().default(true),
  network: networkSchema,
  hosts: z.array(hostsEntrySchema).default([]),
  users: z.array(userSchema).default([]),
  sshHostKeys: z.array(sshHostKeySchema).default([]),
  k3s: k3sSchema.optional(),
  longhornDisks: z.array(longhornDiskSchema).default([]),
  hooks: z.array(hookSchema).default([]),
});

export const inventorySchema = z.strictObject({
  schema: schemaTag('inventory', 1),
  images: z.record(plainNameSchema, goldenImageSchema),
  classes: z.record(plainNameSchema, nodeClassSchema),
  nodes: z.record(hostLabelSchema, nodeSchema),
});

export type Inventory = z.infer<typeof inventorySchema>;
export type NodeEntry = z.infer<typeof nodeSchema>;
export type NodeClass = z.infer<typeof nodeClassSchema>;
export type GoldenImage = z.infer<typeof goldenImageSchema>;
export type Hook = z.infer<typeof hookSchema>;
export type UserEntry = z.infer<typeof userSchema>;
export type NetworkEntry = z.infer<typeof networkSchema>;
export type LonghornDisk = z.infer<typeof longhornDiskSchema>;
