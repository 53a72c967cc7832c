import { z } from 'zod';
import {
  accessProblems,
  cardProblems,
  jobProblems,
  labProblems,
  problemSchema,
  sshProblems,
} from '../problem.ts';
import { fingerprintSchema, hostKeyTypeSchema, sshHostSchema } from '../schemas/host-keys.ts';
import { operator, problems } from './base.ts';

const codes = {
  ...sshProblems,
  ...labProblems,
  NODE_UNKNOWN: cardProblems.NODE_UNKNOWN,
  CANCELLED: jobProblems.CANCELLED,
  NOT_ALLOWED: accessProblems.NOT_ALLOWED,
};

const keySummarySchema = z.object({ type: hostKeyTypeSchema, fingerprint: fingerprintSchema });
export type KeySummary = z.infer<typeof keySummarySchema>;

const labNodeSchema = z.object({
  name: z.string(),
  cluster: z.string(),
  /** How it would be reached; missing when that cannot be said, and then `problem` says why. */
  address: z.string().optional(),
  port: z.int().optional(),
  user: z.string().optional(),
  /** Jump hosts, the first one first. */
  via: z.array(z.string()),
  /** The host keys that are trusted; none before `nodes trust`. */
  trusted: z.array(keySummarySchema),
  /** What of ~/.ssh/config is not used though it names this node. */
  remarks: z.array(z.string()),
  problem: problemSchema.optional(),
});
export type LabNode = z.infer<typeof labNodeSchema>;

/** What a node says of itself: one line each, without control characters, and not to be believed more than the node is. */
const nodeFactsSchema = z.object({
  user: z.string(),
  hostname: z.string(),
  system: z.string(),
  kernel: z.string(),
  /** Seconds since it was started. */
  uptime: z.number().nonnegative().optional(),
});
export type NodeFacts = z.infer<typeof nodeFactsSchema>;

const nodeCheckSchema = labNodeSchema.omit({ problem: true }).extend({
  /** The host key it presented and proved to hold; missing when it did not get that far. */
  hostKey: keySummarySchema.optional(),
  facts: nodeFactsSchema.optional(),
  /** Why there are no facts. Either this or `facts` is there. */
  problem: problemSchema.optional(),
});
export type NodeCheck = z.infer<typeof nodeCheckSchema>;

const presentedKeySchema = z.object({
  host: z.string(),
  presented: keySummarySchema,
  trusted: z.array(keySummarySchema),
  state: z.enum(['unknown', 'trusted', 'changed']),
});

export type PresentedKey = z.infer<typeof presentedKeySchema>;

/** For operators: they tell what the cluster file and the operator's SSH settings say, and log in with their keys. */
export const nodesContract = {
  list: operator.errors(problems(codes)).output(z.array(labNodeSchema)),
  /** Asks all nodes, or those named, at the same time. A node that does not answer is in the list with the reason. */
  check: operator
    .errors(problems(codes))
    .input(z.strictObject({ nodes: z.array(z.string().min(1).max(63)).max(256).optional() }))
    .output(z.array(nodeCheckSchema)),
  /** Looks at a host's key without logging in; nothing is trusted by that. */
  hostKey: operator
    .errors(problems(codes))
    .input(z.strictObject({ host: sshHostSchema }))
    .output(presentedKeySchema),
  /**
   * Trusts the key with this fingerprint, if the host presents it, or the keys that a known_hosts file has for it. Only
   * from the command line: what is trusted decides to whom everything else talks.
   */
  trust: operator
    .errors(problems(codes))
    .input(
      z.strictObject({
        host: sshHostSchema,
        proof: z.union([
          z.strictObject({ fingerprint: fingerprintSchema }),
          z.strictObject({ knownHosts: z.string().max(1_048_576) }),
        ]),
        /** Other keys that are trusted for this host are forgotten. */
        replace: z.boolean().default(false),
      }),
    )
    .output(
      z.object({
        host: z.string(),
        file: z.string(),
        trusted: z.array(keySummarySchema),
        changed: z.boolean(),
      }),
    ),
};
