import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { jobProblems } from '../problem.ts';
import { jobEventSchema, jobSummarySchema } from '../schemas/job.ts';
import { operator, problems, viewer } from './base.ts';

const jobId = z.strictObject({ id: z.uuid() });

export const jobsContract = {
  /** Newest first; jobs of other processes too. */
  list: viewer.errors(problems(jobProblems)).output(z.array(jobSummarySchema)),
  /** The journal from its first line, then live, until the job has ended. */
  follow: viewer.errors(problems(jobProblems)).input(jobId).output(eventIterator(jobEventSchema)),
  /** Asks the owner to stop; answers when it was asked, not when it stopped. */
  cancel: operator
    .errors(problems(jobProblems))
    .input(jobId)
    .output(z.object({ asked: z.literal(true) })),
};
