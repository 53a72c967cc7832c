import { z } from 'zod';

/**
 * A job's owner is one process, known by three things that no other process shares: its pid, the time it started (in
 * the unit of the operating system, as text) and the boot it belongs to.
 */
export const jobOwnerSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.string(),
  bootId: z.string(),
  host: z.string(),
});
export type JobOwner = z.infer<typeof jobOwnerSchema>;
