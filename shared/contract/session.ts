import { z } from 'zod';
import { problems, viewer } from './base.ts';

export const sessionSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'web', 'in-process']),
  role: z.enum(['viewer', 'operator']),
  platform: z.string(),
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

export const sessionContract = {
  info: viewer.errors(problems({})).output(sessionSchema),
  /** What works on this machine. */
  doctor: viewer.errors(problems({})).output(z.array(capabilitySchema)),
};
