import { z } from 'zod';
import { problemSchema } from '../problem.ts';
import { hostLabelSchema, sha256Schema, timestampSchema } from './names.ts';

/** `attempt1`: the folder of a design below `deploy/`. */
export const designNameSchema = z
  .string()
  .regex(/^attempt[1-9]\d{0,5}$/, 'must be the name of a design, as in attempt2');

/** States of a bridge port, as `bridge -j link` has them. */
export const portStateSchema = z.enum(['disabled', 'listening', 'learning', 'forwarding', 'blocking']);

/** A port that a node is to have or has; the counters are bytes since the interface came up. */
export const bridgePortSchema = z.object({
  name: z.string(),
  /** false: the cluster file lists it and the node has no such interface. */
  present: z.boolean(),
  /** false: the interface is there, and no port of the bridge. */
  enslaved: z.boolean(),
  mtu: z.int().optional(),
  carrier: z.boolean().optional(),
  state: portStateSchema.optional(),
  receivedBytes: z.number().nonnegative().optional(),
  sentBytes: z.number().nonnegative().optional(),
});
export type BridgePort = z.infer<typeof bridgePortSchema>;

/** A deploy that a node will take back by itself unless it is confirmed. */
export const armedSchema = z.object({
  deploy: z.string(),
  /** Until it takes it back, by the node's own monotonic clock. */
  secondsLeft: z.number(),
});

/** What a node says it has deployed. */
export const deployedSchema = z.object({ deploy: z.string(), design: z.string(), digest: z.string() });

/** One node's bridge as it is now. Everything in it is the node's word, on one line and bounded. */
export const bridgeNodeSchema = z.object({
  node: z.string(),
  at: timestampSchema,
  /** Why nothing is known of it. Either this or `live` is there. */
  problem: problemSchema.optional(),
  live: z
    .object({
      /** Missing when the node has no such bridge. */
      bridge: z
        .object({
          name: z.string(),
          mtu: z.int(),
          up: z.boolean(),
          stp: z.boolean(),
          addresses: z.array(z.string()),
        })
        .optional(),
      ports: z.array(bridgePortSchema),
      /** The interface that carries this connection, and the node's address on it. */
      management: z.object({ interface: z.string(), address: z.string() }).optional(),
      armed: armedSchema.optional(),
      deployed: deployedSchema.optional(),
    })
    .optional(),
});
export type BridgeNode = z.infer<typeof bridgeNodeSchema>;

/** The bridge of the lab as the cluster file has it. */
export const bridgeDescriptionSchema = z.object({
  cluster: z.string(),
  bridge: z.string(),
  mtu: z.int(),
  /** Ends as `node:port`, as the cluster file has them. */
  cables: z.array(
    z.object({
      from: z.object({ node: z.string(), port: z.string() }),
      to: z.object({ node: z.string(), port: z.string() }),
    }),
  ),
  /** Names. */
  nodes: z.array(z.string()),
});
export type BridgeDescription = z.infer<typeof bridgeDescriptionSchema>;

/** The bridge of the lab: what it is to be, and what each node says. */
export const bridgeOverviewSchema = bridgeDescriptionSchema.extend({ nodes: z.array(bridgeNodeSchema) });
export type BridgeOverview = z.infer<typeof bridgeOverviewSchema>;

/** What is deployed: a design of the lab, or what an earlier deploy put in place or found. */
export const bridgeSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('design'), name: designNameSchema }),
  /** `after`: what that deploy put in place; `before`: what it found. */
  z.strictObject({ kind: z.literal('deploy'), id: z.uuid(), state: z.enum(['after', 'before']) }),
]);
export type BridgeSource = z.infer<typeof bridgeSourceSchema>;

/**
 * `all`: every node is armed, then changed, at the same time. `rolling`: one node after the other, each verified before the
 * next; nothing is confirmed before all are. `canary`: the first node alone, then all others.
 */
export const deployModeSchema = z.enum(['all', 'rolling', 'canary']);
export type DeployMode = z.infer<typeof deployModeSchema>;

export const bridgeRequestSchema = z.strictObject({
  source: bridgeSourceSchema,
  /** All of the cluster unless told; for `canary` the first one named goes first. */
  nodes: z.array(hostLabelSchema).min(1).max(64).optional(),
  mode: deployModeSchema.default('all'),
  /** How long a node waits for the confirmation before it takes everything back. */
  windowSeconds: z.int().min(30).max(3600).default(120),
});
export type BridgeRequest = z.infer<typeof bridgeRequestSchema>;

/** `0644`: permission bits in octal, as `stat -c %04a` prints them. */
export const fileModeSchema = z.string().regex(/^[0-7]{4}$/, 'must be four octal digits, as in 0644');

/** A file as it is or shall be on a node. `owner` and `group` are names, as `stat -c %U` prints them. */
export const nodeFileSchema = z.object({
  /** Absolute, below one of the roots that a design may use. */
  path: z.string(),
  owner: z.string(),
  group: z.string(),
  mode: fileModeSchema,
  size: z.int().nonnegative(),
  sha256: sha256Schema,
  /** Its content where that is text of UTF-8; else `base64` is there. */
  text: z.string().optional(),
  base64: z.string().optional(),
});
export type NodeFile = z.infer<typeof nodeFileSchema>;

/** From harmless to what may leave a node unreachable until it takes the change back by itself. */
export const bridgeRiskSchema = z.enum(['none', 'reload', 'link-flap', 'may-cut-management']);
export type BridgeRisk = z.infer<typeof bridgeRiskSchema>;

export const fileChangeSchema = z.object({
  path: z.string(),
  action: z.enum(['create', 'replace', 'remove', 'permissions']),
  before: nodeFileSchema.optional(),
  after: nodeFileSchema.optional(),
  /** The node's file is not the one that the last deploy left there: somebody changed it. */
  drifted: z.boolean(),
});
export type FileChange = z.infer<typeof fileChangeSchema>;

/** One thing of the live state that will differ, in words that are values: `thunderbridge`, `mtu`, `1500`, `65520`. */
export const liveChangeSchema = z.object({
  link: z.string(),
  what: z.enum(['exists', 'mtu', 'stp', 'port', 'address', 'up']),
  from: z.string(),
  to: z.string(),
});
export type LiveChange = z.infer<typeof liveChangeSchema>;

/** Why a plan may not be run. */
export const bridgeRefusalSchema = z.object({
  code: z.enum([
    'node-silent',
    'ring-without-stp',
    'management-on-bridge',
    'port-mtu-below-bridge',
    'address-twice',
    'node-armed',
    'node-unprepared',
    'file-in-the-way',
  ]),
  node: z.string().optional(),
  what: z.string(),
  next: z.string(),
});
export type BridgeRefusal = z.infer<typeof bridgeRefusalSchema>;

export const bridgeWarningSchema = z.object({
  code: z.enum([
    'drift',
    'cable-unplugged',
    'stp-settles',
    'nodes-left-out',
    'ports-absent',
    /** The files say something else than the cluster file. */
    'design-differs',
    /** ifupdown2 would change the management interface too: somebody left an edit unapplied. */
    'network-pending',
  ]),
  node: z.string().optional(),
  what: z.string(),
});

export const plannedNodeSchema = z.object({
  node: hostLabelSchema,
  risk: bridgeRiskSchema,
  files: z.array(fileChangeSchema),
  live: z.array(liveChangeSchema),
  /** What must be so afterwards; `ports` are those that the cluster file lists. Missing: there shall be no bridge. */
  expected: z
    .object({
      bridge: z.string(),
      mtu: z.int(),
      address: z.string().optional(),
      stp: z.boolean(),
      ports: z.array(z.string()),
    })
    .optional(),
});
export type PlannedNode = z.infer<typeof plannedNodeSchema>;

/** What a deploy would do. The same request and facts give the same plan, to the last byte. */
export const bridgePlanSchema = z.object({
  schema: z.literal('sifaka.bridge-plan/1'),
  cluster: z.string(),
  source: bridgeSourceSchema,
  /** SHA-256 of what is deployed: of a design, or of the files of an earlier deploy. */
  sourceDigest: sha256Schema,
  mode: deployModeSchema,
  windowSeconds: z.int(),
  /** In the order in which they are changed. A node without changes is left alone and still verified. */
  nodes: z.array(plannedNodeSchema),
  refusals: z.array(bridgeRefusalSchema),
  warnings: z.array(bridgeWarningSchema),
});
export type BridgePlan = z.infer<typeof bridgePlanSchema>;

/** What a node said besides, for who reviews the plan. It is no part of the plan: it changes by itself. */
export const nodeObservationSchema = z.object({
  node: z.string(),
  /** The kernel's last messages about Thunderbolt and bridges, oldest first. */
  kernel: z.array(z.string()),
  /** The units of the design that the node knows: `thunderbridge.service`, `active (exited)`. */
  units: z.array(z.object({ name: z.string(), state: z.string() })),
});
export type NodeObservation = z.infer<typeof nodeObservationSchema>;

export const plannedBridgeSchema = z.object({
  plan: bridgePlanSchema,
  digest: sha256Schema,
  observed: z.array(nodeObservationSchema),
});
export type PlannedBridge = z.infer<typeof plannedBridgeSchema>;

/** One direction between two nodes. */
export const pairResultSchema = z.object({
  from: z.string(),
  to: z.string(),
  passed: z.boolean(),
  sent: z.int().nonnegative(),
  received: z.int().nonnegative(),
  /** Of full frames that came back, in milliseconds. */
  latency: z.object({ min: z.number(), average: z.number(), max: z.number() }).optional(),
  /** Small frames came back although full ones did not. */
  smallPasses: z.boolean().optional(),
  /** Measured by iperf3 if asked. */
  bitsPerSecond: z.number().optional(),
  /** Why frames did not come back or were not sent, in the node's or the connection's words, on one line. */
  said: z.string().optional(),
});
export type PairResult = z.infer<typeof pairResultSchema>;

/** A failure in words: what is wrong, which cable or port it is, and what to run. */
export const checkFindingSchema = z.object({
  severity: z.enum(['failure', 'warning']),
  code: z.string().max(63),
  node: z.string().optional(),
  port: z.string().optional(),
  /** `baobab:thunderbolt1 – ebony:thunderbolt0` */
  cable: z.string().optional(),
  what: z.string(),
  next: z.string(),
});
export type CheckFinding = z.infer<typeof checkFindingSchema>;

/** What a check saw. */
export const bridgeCheckSchema = z.object({
  schema: z.literal('sifaka.bridge-check/1'),
  id: z.uuid(),
  cluster: z.string(),
  at: timestampSchema,
  trigger: z.enum(['asked', 'schedule', 'deploy']),
  passed: z.boolean(),
  mtu: z.int(),
  nodes: z.array(bridgeNodeSchema),
  pairs: z.array(pairResultSchema),
  findings: z.array(checkFindingSchema),
});
export type BridgeCheck = z.infer<typeof bridgeCheckSchema>;

/** How a deploy stands; a record that says `started` though nothing runs is of a process that died: its nodes went back. */
export const deployStateSchema = z.enum(['started', 'confirmed', 'rolled-back', 'split']);

/** `deploy/history/<id>.json` of the lab. */
export const deployRecordSchema = z.object({
  schema: z.literal('sifaka.bridge-deploy/1'),
  id: z.uuid(),
  cluster: z.string(),
  source: bridgeSourceSchema,
  sourceDigest: sha256Schema,
  planDigest: sha256Schema,
  mode: deployModeSchema,
  startedAt: timestampSchema,
  endedAt: timestampSchema.optional(),
  state: deployStateSchema,
  /** Why it did not end as confirmed. */
  reason: z.string().optional(),
  nodes: z.array(
    z.object({
      node: hostLabelSchema,
      /** What is known of this node at the end. */
      state: z.enum(['started', 'new', 'old', 'unknown']),
      /** Every file of the design as it was put there, and every one that was in its place or was removed before. */
      after: z.array(nodeFileSchema),
      before: z.array(nodeFileSchema),
    }),
  ),
  sifakaVersion: z.string(),
});
export type DeployRecord = z.infer<typeof deployRecordSchema>;

/** A deploy without its files: for lists. */
export const deploySummarySchema = deployRecordSchema.omit({ nodes: true }).extend({
  nodes: z.array(z.object({ node: z.string(), state: z.enum(['started', 'new', 'old', 'unknown']) })),
});
export type DeploySummary = z.infer<typeof deploySummarySchema>;

export const designSummarySchema = z.object({
  name: designNameSchema,
  /** SHA-256 of its files; missing when it cannot be read, and then `problem` says why. */
  digest: sha256Schema.optional(),
  nodes: z.array(z.string()),
  files: z.int().nonnegative(),
  problem: problemSchema.optional(),
});
export type DesignSummary = z.infer<typeof designSummarySchema>;

/** The timer of this machine that checks the bridge of this lab. */
export const timerStatusSchema = z.object({
  /** false: not on this system, or the user's systemd cannot be reached now. */
  available: z.boolean(),
  installed: z.boolean(),
  unit: z.string(),
  everyMinutes: z.int().positive().optional(),
  active: z.boolean().optional(),
  /** false: it only runs while its user is logged in. Missing when that is not known. */
  lingers: z.boolean().optional(),
});
export type TimerStatus = z.infer<typeof timerStatusSchema>;
