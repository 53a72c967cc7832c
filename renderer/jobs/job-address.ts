import type { JobSummary } from '../../shared/schemas/job.ts';
import { addressOf } from '../app/route.ts';

/** The page that shows a job as it runs; an image job is shown in the list itself. */
export function jobAddress(job: Pick<JobSummary, 'id' | 'kind'>): string | undefined {
  return job.kind === 'image-add' ? undefined : addressOf({ page: 'card-job', id: job.id });
}
