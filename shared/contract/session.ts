import { z } from 'zod';
import { timestampSchema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

export const sessionSchema = z.object({
  version: z.string(),
  /** What this program's command is called where it runs: hints that are to be pasted begin with it. */
  command: z.enum(['sifaka', 'npx sifaka']),
  host: z.enum(['electron', 'web', 'in-process']),
  role: z.enum(['viewer', 'operator']),
  platform: z.string(),
  /** Where the operator is asked once more before a drive is overwritten. */
  asksIn: z.enum(['window', 'terminal', 'nowhere']),
});

export const capabilitySchema = z.object({
  id: z.string(),
  label: z.string(),
  ok: z.boolean(),
  /** What was found, or what is missing and what to do about it. */
  detail: z.string(),
  /** false: something the app can do without. */
  required: z.boolean(),
});
export type Capability = z.infer<typeof capabilitySchema>;

/** What is in the app's log on this machine: of every window, terminal and host, redacted. */
export const sessionLogSchema = z.object({
  /** Where the file is, the home folder as `~`. */
  file: z.string(),
  /** Oldest first; together at most some 256 kB. */
  entries: z
    .array(
      z.object({
        /** Absent, as `pid` is, for lines of the file that are no entry of the app's. */
        at: timestampSchema.optional(),
        /** The process that wrote it. */
        pid: z.int().optional(),
        /** Lines; at most some 4000 characters. */
        text: z.string(),
      }),
    )
    .max(1000),
  /** Whether there are older ones. */
  more: z.boolean(),
});
export type SessionLog = z.infer<typeof sessionLogSchema>;

export const sessionContract = {
  info: viewer.errors(problems({})).output(sessionSchema),
  /** What works on this machine. */
  doctor: viewer.errors(problems({})).output(z.array(capabilitySchema)),
  /**
   * The newest entries of the log. For operators: it has what went wrong in everybody's calls, and redaction takes out
   * what looks like a secret, not all that a viewer should not know.
   */
  log: operator
    .errors(problems({}))
    .input(z.strictObject({ limit: z.int().min(1).max(1000) }))
    .output(sessionLogSchema),
  /** A text for a report of a bug, redacted, at most some 100 kB; nothing in it tells one drive from another. */
  diagnostics: operator.errors(problems({})).output(z.object({ text: z.string() })),
};
