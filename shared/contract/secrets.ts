import { z } from 'zod';
import { labProblems, secretProblems } from '../problem.ts';
import { plainNameSchema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

const codes = { ...secretProblems, ...labProblems };

export const secretStateSchema = z.object({
  name: plainNameSchema,
  /** Nodes that need it. */
  neededBy: z.array(z.string()),
  state: z.enum(['sealed-and-readable', 'sealed', 'unreadable', 'missing']),
});
export type SecretState = z.infer<typeof secretStateSchema>;

export const secretsContract = {
  check: viewer
    .errors(problems(codes))
    .output(z.object({ identity: z.enum(['none', 'locked', 'ready']), secrets: z.array(secretStateSchema) })),
  /** Makes the operator's identity if there is none, and adds its recipient to the lab if it is not there. */
  init: operator
    .errors(problems(codes))
    .input(z.strictObject({ passphrase: z.string().min(1).max(1024).optional() }))
    .output(z.object({ created: z.boolean(), recipient: z.string(), file: z.string() })),
  /** Opens a passphrase-protected identity for this process; the passphrase is not kept. */
  unlock: operator
    .errors(problems(codes))
    .input(z.strictObject({ passphrase: z.string().min(1).max(1024) }))
    .output(z.object({ identity: z.enum(['ready']) })),
  /** Seals a value for the lab's recipients. The value is never echoed, logged or journaled. */
  seal: operator
    .errors(problems(codes))
    .input(
      z.strictObject({
        name: plainNameSchema,
        value: z.string().min(1).max(65536),
        replace: z.boolean().default(false),
      }),
    )
    .output(z.object({ name: plainNameSchema, file: z.string() })),
};
