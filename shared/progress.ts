import { z } from 'zod';
import { timestampSchema } from './schemas/names.ts';

/** Where one of several things that a job works on at the same time stands: a node of a deploy. */
export const laneSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'armed', 'proven', 'done', 'taken-back', 'failed']),
  /** What is being done there, in words. */
  label: z.string(),
  /** When it goes back by itself unless it is confirmed. */
  deadline: timestampSchema.optional(),
});
export type Lane = z.infer<typeof laneSchema>;

/**
 * One report of a running step. `done` and `total` count `unit`; `rate` is units per second over the last seconds;
 * `overall` is the weighted share of the whole job, 0 to 1. `pull` says what it means to take the card out right now.
 */
export const progressSchema = z.object({
  step: z.string(),
  label: z.string(),
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  unit: z.enum(['bytes', 'files', 'steps']),
  rate: z.number().nonnegative().optional(),
  etaSeconds: z.number().nonnegative().optional(),
  overall: z.number().min(0).max(1),
  pull: z.string().optional(),
  /** Of a job that works on several things at the same time, all of them. */
  lanes: z.array(laneSchema).max(64).optional(),
});
export type Progress = z.infer<typeof progressSchema>;

/** What a service yields while it works, before rate, eta and overall share are worked out. */
export type StepProgress = Pick<Progress, 'step' | 'done' | 'total' | 'lanes'>;

/** A step of a job and its share of the whole: weights are relative. */
export interface StepDefinition {
  readonly id: string;
  readonly label: string;
  readonly unit: Progress['unit'];
  readonly weight: number;
  readonly pull?: string;
}
