import { z } from 'zod';
import { syncIterationSchema } from '../../../shared/schemas/sync-record.ts';
import { applyPlan } from '../../../electron/services/sync/engine/apply-plan.ts';
import { openRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import { heldLock, planOf } from './hand-made.ts';

/** Run by itself, to be killed: applies what it is told to, and prints the rows of each batch. */
const request = z
  .object({
    src: z.string(),
    dest: z.string(),
    iteration: syncIterationSchema,
    changes: z.array(z.object({ take: z.string().optional(), drop: z.string().optional() })),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const roots = await openRoots({ src: request.src, dest: request.dest, pair: 'test' });
const changes = request.changes.map(({ take, drop }) => ({
  ...(take !== undefined && { take }),
  ...(drop !== undefined && { drop }),
}));
const plan = planOf(request, changes);
const { signal } = new AbortController();
for await (const batch of applyPlan(plan, roots, {
  iteration: request.iteration,
  lock: heldLock(),
  workers: 1,
  signal,
})) {
  process.stdout.write(`${JSON.stringify(batch.operations)}\n`);
}
