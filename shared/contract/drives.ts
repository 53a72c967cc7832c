import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { driveProblems } from '../problem.ts';
import { targetSchema } from '../schemas/card.ts';
import { driveSchema } from '../schemas/drive.ts';
import { plainNameSchema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

export const drivesContract = {
  /** Every drive of this machine, those that are not offered with the reasons. */
  real: viewer.errors(problems(driveProblems)).output(z.array(driveSchema)),
  /** The same at once, and again whenever a drive comes, goes or changes what is on it. */
  watch: viewer.errors(problems(driveProblems)).output(eventIterator(z.array(driveSchema))),
  /** Virtual drives a card can be written onto. */
  list: viewer.errors(problems(driveProblems)).output(z.array(targetSchema)),
  /** A virtual drive: a sparse file in the app's data folder that stands for an SD card. `size` in bytes. */
  createVirtual: operator
    .errors(problems(driveProblems))
    .input(
      z.strictObject({
        name: plainNameSchema,
        size: z
          .int()
          .min(1 << 20)
          .max(2 ** 40),
      }),
    )
    .output(targetSchema),
};
