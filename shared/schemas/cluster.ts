import { z } from 'zod';
import { hostLabelSchema } from './names.ts';

/**
 * `cluster/<name>.json` (madagascar.json): `clusters.<name>.nodes.<node>`. It is older than Sifaka and shared with
 * other tools, so unknown keys are kept and it carries no schema tag unless Sifaka made it.
 */
export const clusterNodeSchema = z.looseObject({
  hosts: z.looseObject({}).optional(),
  wan: z.looseObject({}).optional(),
  thunderbridge: z.looseObject({}).optional(),
});

export const clusterFileSchema = z.looseObject({
  schema: z.literal('sifaka.cluster/1').optional(),
  clusters: z.record(
    z.string().min(1).max(63),
    z.looseObject({ nodes: z.record(hostLabelSchema, clusterNodeSchema) }),
  ),
});
export type ClusterFile = z.infer<typeof clusterFileSchema>;
