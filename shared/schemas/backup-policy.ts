import { z } from 'zod';
import { guestAddressSchema, storageIdSchema, targetNameSchema, vmidSchema } from './backup-names.ts';
import { plainNameSchema } from './names.ts';

/** How many to keep, by Proxmox's own options; what is left out or 0 does not count, and all of them 0 keeps everything. */
export const keepSchema = z.strictObject({
  last: z.int().min(0).max(100_000).default(0),
  hourly: z.int().min(0).max(100_000).default(0),
  daily: z.int().min(0).max(100_000).default(0),
  weekly: z.int().min(0).max(100_000).default(0),
  monthly: z.int().min(0).max(100_000).default(0),
  yearly: z.int().min(0).max(100_000).default(0),
});
export type Keep = z.infer<typeof keepSchema>;

/** An IANA time zone that this program knows. */
export const timeZoneSchema = z.string().refine(isTimeZone, 'must be a time zone, as in Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Which guests: all, those of a node, one of a node, one wherever it is, or those with a tag or in a pool. */
export const guestSelectorSchema = z.union(
  [
    z.literal('all'),
    z.string().regex(/^node:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
    guestAddressSchema,
    z.string().regex(/^[1-9]\d{2,8}$/),
    vmidSchema,
    z.string().regex(/^(tag|pool):[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}$/),
  ],
  'must be all, node:NODE, NODE/VMID, VMID, tag:TAG or pool:POOL',
);
export type GuestSelector = z.infer<typeof guestSelectorSchema>;

export const backupMethodSchema = z.enum(['vzdump', 'export']);
export type BackupMethod = z.infer<typeof backupMethodSchema>;
export const backupModeSchema = z.enum(['snapshot', 'suspend', 'stop']);
export type BackupMode = z.infer<typeof backupModeSchema>;
export const compressionSchema = z.enum(['zstd', 'gzip', 'lzo', 'none']);
export type Compression = z.infer<typeof compressionSchema>;

export const weekdaySchema = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export const scheduleSchema = z.strictObject({
  /** In the policy's time zone. */
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, as in 02:30'),
  /** Every day unless told. */
  days: z.array(weekdaySchema).min(1).max(7).optional(),
});
export type BackupSchedule = z.infer<typeof scheduleSchema>;

/** What is done for some guests. The first rule that a guest fits is the one that counts for it. */
export const backupRuleSchema = z.strictObject({
  name: plainNameSchema,
  guests: z.array(guestSelectorSchema).min(1).max(1000),
  method: backupMethodSchema.default('vzdump'),
  mode: backupModeSchema.default('snapshot'),
  /** The Proxmox storage that archives are made on. */
  storage: storageIdSchema,
  compress: compressionSchema.default('zstd'),
  /** KiB per second, as vzdump's --bwlimit; 0: those that the node and its storages have hold. */
  bandwidthLimit: z.int().min(0).max(100_000_000).default(0),
  /** Where copies go, by their names in the cluster file. */
  targets: z.array(targetNameSchema).max(16).default([]),
  schedule: scheduleSchema.optional(),
  /** Without a success within so many hours it is red, whatever ran or did not run. */
  windowHours: z.int().min(1).max(8784).default(26),
  keep: keepSchema.default({ last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }),
  /** Where a target keeps other numbers than `keep`. */
  keepOn: z.record(targetNameSchema, keepSchema).default({}),
  /**
   * Who removes old archives from the storage: `sifaka`, when a prune is asked for, with its added safety; or `vzdump`, after
   * each good backup and with the app closed, by Proxmox's rules alone.
   */
  pruneBy: z.enum(['sifaka', 'vzdump']).default('sifaka'),
  restoreTest: z
    .strictObject({
      everyDays: z.int().min(1).max(3650).default(30),
      /** Until the guest's agent (a container: a program in it) has to answer. */
      waitSeconds: z.int().min(10).max(3600).default(300),
    })
    .optional(),
});
export type BackupRule = z.infer<typeof backupRuleSchema>;

/** `backups/policy.yaml`. */
export const backupPolicySchema = z.strictObject({
  schema: z.literal('sifaka.backup-policy/1'),
  /** What hours, days and weeks are counted in: the cluster's own. */
  timezone: timeZoneSchema,
  rules: z.array(backupRuleSchema).max(200),
  /** Guests that need no backup, and that is fine. */
  exclude: z.array(guestSelectorSchema).max(1000).default([]),
  safety: z
    .strictObject({
      /** The most of one place's archives that one prune may remove. */
      maximumShare: z.number().min(0).max(1).default(0.5),
    })
    .default({ maximumShare: 0.5 }),
  restoreTests: z
    .strictObject({
      /** Guest ids that are free for tests; a test takes the first that no guest has. */
      vmids: z
        .strictObject({ first: vmidSchema, last: vmidSchema })
        .refine(({ first, last }) => first <= last, 'first may not be more than last'),
      /** Where test guests' disks go; the storage they came from unless told. */
      storage: storageIdSchema.optional(),
    })
    .optional(),
});
export type BackupPolicy = z.infer<typeof backupPolicySchema>;

const secretNameSchema = plainNameSchema;

const serverSchema = z.looseObject({
  /** IP address or host name; which of a node's networks leads there is worked out from it. */
  address: z
    .string()
    .max(253)
    .regex(/^[0-9A-Za-z:][0-9A-Za-z._:-]*$/),
});

/** A folder of a node, on which a NAS is mounted; every node that uses it has it at the same path. */
const nodeFolderSchema = z.looseObject({
  kind: z.literal('node-folder'),
  server: z.string().optional(),
  path: z.string().min(2).max(1000).startsWith('/'),
});

/** A folder of the machine that Sifaka runs on. */
const localFolderSchema = z.looseObject({
  kind: z.literal('local-folder'),
  server: z.string().optional(),
  path: z.string().min(2).max(1000),
});

const s3Schema = z.looseObject({
  kind: z.literal('s3'),
  server: z.string().optional(),
  endpoint: z.url({ protocol: /^https?$/ }),
  region: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9-]+$/)
    .default('us-east-1'),
  bucket: z
    .string()
    .min(3)
    .max(63)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/),
  prefix: z
    .string()
    .max(200)
    .regex(/^([A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*$/, 'must be empty or end with /')
    .default(''),
  pathStyle: z.boolean().default(true),
  /** A file of the lab with the certificates that the server's may be signed by, beside the usual ones. */
  caFile: z.string().min(1).max(500).optional(),
  /** Names of sealed secrets. */
  accessKey: secretNameSchema,
  secretKey: secretNameSchema,
});

export const backupTargetSchema = z.discriminatedUnion('kind', [
  nodeFolderSchema,
  localFolderSchema,
  s3Schema,
]);
export type BackupTarget = z.infer<typeof backupTargetSchema>;
export type S3Target = z.infer<typeof s3Schema>;

/** `clusters.<name>.backups` of the cluster file. */
export const clusterBackupsSchema = z.looseObject({
  servers: z.record(targetNameSchema, serverSchema).default({}),
  targets: z.record(targetNameSchema, backupTargetSchema).default({}),
});
