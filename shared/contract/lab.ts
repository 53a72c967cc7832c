import { z } from 'zod';
import { changelogEntrySchema } from '../schemas/changelog.ts';
import { sha256Schema } from '../schemas/names.ts';
import { labProblems, problemSchema } from '../problem.ts';
import { operator, problems, viewer } from './base.ts';

export const labStateSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** false: the folder cannot be written, or holds a newer schema; `readOnlyReason` says which. */
  writable: z.boolean(),
  readOnlyReason: z.string().optional(),
});
export type LabState = z.infer<typeof labStateSchema>;

export const labFindingSchema = z.object({
  file: z.string(),
  kind: z.string(),
  ok: z.boolean(),
  /** What there is to know about a file that is right: "not used, since another comes first". */
  note: z.string().optional(),
  problem: problemSchema.optional(),
});
export type LabFinding = z.infer<typeof labFindingSchema>;

/** RFC 6901 JSON Pointer into a lab file, as in `/nodes/titan-13/class`. */
const pointerSchema = z
  .string()
  .max(1024)
  .regex(/^(\/([^~/]|~[01])*)*$/, 'must be a JSON Pointer');

const deepestValue = 64;

/**
 * Level by level, because whatever calls itself once a level overflows its stack on some value; each container is
 * looked at once a level, so that one which holds itself comes to an end too.
 */
function isShallow(value: unknown): boolean {
  let level = new Set<object>(isContainer(value) ? [value] : []);
  for (let depth = 1; level.size > 0; depth += 1) {
    if (depth > deepestValue) return false;
    const inner = new Set<object>();
    for (const container of level) {
      for (const item of Object.values(container)) if (isContainer(item)) inner.add(item);
    }
    level = inner;
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Any JSON. `z.json()` calls itself for every level, so the depth is looked at before. */
const valueSchema = z
  .custom<z.core.util.JSONType>(isShallow, `is nested deeper than ${deepestValue} levels`)
  .pipe(z.json());

export const labContract = {
  state: viewer.errors(problems(labProblems)).output(labStateSchema),
  /** Reads every file of the lab and says which are right, missing or wrong, with file, line and fix. */
  check: viewer.errors(problems(labProblems)).output(z.array(labFindingSchema)),
  /** For operators: a cluster file may hold what a viewer must not read. */
  get: operator
    .errors(problems(labProblems))
    .input(z.strictObject({ file: z.string().min(1).max(512), pointer: pointerSchema }))
    .output(z.object({ value: z.unknown(), digest: sha256Schema })),
  /** Sets one value, keeping unknown keys and comments. `digest` is of the file as it was read: a later edit by someone else is refused. */
  set: operator
    .errors(problems(labProblems))
    .input(
      z.strictObject({
        file: z.string().min(1).max(512),
        pointer: pointerSchema,
        value: valueSchema,
        digest: sha256Schema.optional(),
        reason: z.string().max(2000).optional(),
      }),
    )
    .output(z.object({ digest: sha256Schema })),
  /** Copies the bundled demo lab into a folder that is absent or empty. Needs no open lab, and opens none. */
  demo: operator
    .errors(problems(labProblems))
    .input(z.strictObject({ folder: z.string().min(1).max(4096) }))
    .output(z.object({ path: z.string() })),
  /** Newest first. */
  logbook: viewer
    .errors(problems(labProblems))
    .input(z.strictObject({ limit: z.int().min(1).max(1000).default(100) }))
    .output(z.array(changelogEntrySchema)),
};
