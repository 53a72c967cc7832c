import { z } from 'zod';
import { driveProblems, imageProblems, jobProblems, labProblems } from '../problem.ts';
import { goldenImageSchema } from '../schemas/inventory.ts';
import { plainNameSchema, sha256Schema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

const codes = { ...imageProblems, ...labProblems };

export const imageStateSchema = z.object({
  name: plainNameSchema,
  file: z.string(),
  fileSha256: sha256Schema,
  description: z.string(),
  /** Node classes that use it. */
  classes: z.array(z.string()),
  /** `cached`: decompressed, verified, usable offline. `available`: its file is there. `missing`: neither. */
  state: z.enum(['cached', 'available', 'missing']),
  rawSha256: sha256Schema.optional(),
  size: z.int().optional(),
});
export type ImageState = z.infer<typeof imageStateSchema>;

export const imagesContract = {
  list: viewer.errors(problems(codes)).output(z.array(imageStateSchema)),
  /** Adds a file as a golden image of the inventory: digest computed, decompressed into the cache, verified. A job. */
  add: operator
    .errors(problems({ ...codes, ...jobProblems, ...driveProblems }))
    .input(
      z.strictObject({
        name: plainNameSchema,
        file: z.string().min(1).max(1024),
        bootPartition: goldenImageSchema.shape.bootPartition,
        rootPartition: goldenImageSchema.shape.rootPartition,
        description: z.string().max(1024).optional(),
      }),
    )
    .output(z.object({ jobId: z.uuid() })),
  /** Reads the cached raw image again, compares it with its digest and removes a copy that differs; so for operators. */
  verify: operator
    .errors(problems(codes))
    .input(z.strictObject({ name: plainNameSchema }))
    .output(z.object({ name: plainNameSchema, rawSha256: sha256Schema, size: z.int() })),
};
