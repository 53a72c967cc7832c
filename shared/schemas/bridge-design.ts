import { z } from 'zod';
import { designNameSchema, designSummarySchema, nodeFileSchema } from './bridge.ts';
import { hostLabelSchema, sha256Schema } from './names.ts';
import { linkNameSchema } from './thunderbridge.ts';
import { schemaTag } from './version.ts';

/** An account of the node, as POSIX's portable user names are. */
const accountSchema = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user or a group of the node');

/** Permission bits. What root runs may be written by nobody else, and nothing is setuid. */
const fileModeSchema = z
  .string()
  .regex(/^0[0-7][0145][0145]$/, 'must be four octal digits without write for others, as in 0644 or 0755');

/** What differs for one file from root:root and 0644 (0755 for what begins with `#!`). */
const fileOwnershipSchema = z.looseObject({
  owner: accountSchema.optional(),
  group: accountSchema.optional(),
  mode: fileModeSchema.optional(),
  /** Made from the cluster file: the next design has it rendered anew, where others are copied. */
  rendered: z.boolean().optional(),
});

/** `deploy/attemptN/design.json`. Older designs have none. */
export const designRecordSchema = z.looseObject({
  schema: schemaTag('bridge-design', 1),
  cluster: z.string().min(1).max(63).optional(),
  bridge: linkNameSchema.optional(),
  /** SHA-256 of what the files were rendered from (canonical JSON); missing when they were written by hand. */
  renderedFrom: sha256Schema.optional(),
  /** By the file's path in the design's folder, as in `common/usr/local/sbin/thunderbridge`. */
  files: z.record(z.string().min(1).max(300), fileOwnershipSchema).optional(),
});
export type DesignRecord = z.infer<typeof designRecordSchema>;

/** A design as it is read: what every node shall have, `common/` and the node's own files put together. */
export const designSchema = z.object({
  name: designNameSchema,
  /** SHA-256 of the canonical JSON (RFC 8785) of node → files, each with path, owner, group, mode and sha256. */
  digest: sha256Schema,
  bridge: linkNameSchema,
  /** What the files were rendered from; missing when they were written by hand. */
  renderedFrom: sha256Schema.optional(),
  /** By node; each node's files sorted by path. */
  nodes: z.record(hostLabelSchema, z.array(nodeFileSchema)),
});
export type Design = z.infer<typeof designSchema>;

/** How one file of a node differs between two designs. */
const designChangeSchema = z.object({
  node: z.string(),
  /** On the node. */
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed', 'permissions']),
});
export type DesignChange = z.infer<typeof designChangeSchema>;

/** What became of `bridge new-attempt`. */
export const newAttemptSchema = z.object({
  /** false: the newest design is what would have been made; `design` is that one. */
  made: z.boolean(),
  design: designSummarySchema,
  /** The design that it was made from. */
  from: designNameSchema.optional(),
  /** What differs from that one, or all files when there is none. */
  changes: z.array(designChangeSchema),
  /** Paths in the design's folder that were copied and not rendered. */
  carried: z.array(z.string()),
  notes: z.array(z.string()),
});
export type NewAttempt = z.infer<typeof newAttemptSchema>;

/** An address of a node that a deploy script has. */
const foundAddressSchema = z.object({
  node: z.string(),
  /** `unclear`: the script's names do not say which of the node's networks it is in. */
  role: z.enum(['management', 'thunderbolt', 'unclear']),
  address: z.string(),
  /** Of the script, from 1. */
  line: z.int().positive(),
});
export type FoundAddress = z.infer<typeof foundAddressSchema>;

/** What an older deploy script says beside what the cluster file says. */
export const importedAddressesSchema = z.object({
  /** The script and the cluster file, in the lab. */
  script: z.string(),
  clusterFile: z.string(),
  found: z.array(foundAddressSchema),
  /** What the cluster file lacks: the value that goes to this JSON Pointer, and the lines it is from. */
  lacking: z.array(
    z.object({ node: z.string(), pointer: z.string(), value: z.json(), lines: z.array(z.int()) }),
  ),
  /** Where the two differ. The cluster file is kept. */
  different: z.array(
    z.object({ node: z.string(), pointer: z.string(), has: z.string(), script: z.string(), line: z.int() }),
  ),
  /** What an operator should know: addresses that are computed, unclear or found twice. */
  notes: z.array(z.string()),
  /** Whether what was lacking is in the cluster file now. */
  written: z.boolean(),
});
export type ImportedAddresses = z.infer<typeof importedAddressesSchema>;
