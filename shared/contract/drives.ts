import { z } from 'zod';
import { driveProblems, type ProblemCode } from '../problem.ts';
import { targetSchema } from '../schemas/card.ts';
import { plainNameSchema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

const codes = Object.keys(driveProblems) as (keyof typeof driveProblems & ProblemCode)[];

export const drivesContract = {
  /** Targets a card can be written onto. */
  list: viewer.errors(problems(...codes)).output(z.array(targetSchema)),
  /** A virtual drive: a sparse file in the app's data folder that stands for an SD card. `size` in bytes. */
  createVirtual: operator
    .errors(problems(...codes))
    .input(z.strictObject({ name: plainNameSchema, size: z.int().min(1 << 20).max(2 ** 40) }))
    .output(targetSchema),
};
