import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { jobEventSchema, jobSummarySchema } from '../schemas/job.ts';
import { operator, problems, viewer } from './base.ts';

const jobId = z.strictObject({ id: z.uuid() });

export const jobsContract = {
  /** Newest first; jobs of other processes too. */
  list: viewer.errors(problems('JOURNAL_UNWRITABLE')).output(z.array(jobSummarySchema)),
  /** The journal from its first line, then live, until the job has ended. */
  follow: viewer.errors(problems('JOB_UNKNOWN')).input(jobId).output(eventIterator(jobEventSchema)),
  /** Asks the owner to stop; answers when it was asked, not when it stopped. */
  cancel: operator
    .errors(problems('JOB_UNKNOWN', 'JOB_NOT_RUNNING', 'JOURNAL_UNWRITABLE'))
    .input(jobId)
    .output(z.object({ asked: z.literal(true) })),
};
