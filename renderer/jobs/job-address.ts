import type { JobSummary } from '../../shared/schemas/job.ts';
import { addressOf, type Route } from '../app/route.ts';

/** The page that shows a job as it runs; others are shown in the list itself. */
export function jobAddress(job: Pick<JobSummary, 'id' | 'kind'>): string | undefined {
  const route = jobRoute(job);
  return route && addressOf(route);
}

/** As `jobAddress`, for those who go there. */
export function jobRoute(
  job: Pick<JobSummary, 'id' | 'kind'>,
): Extract<Route, { page: 'card-job' | 'bridge-job' | 'backup-job' | 'sync-job' }> | undefined {
  if (job.kind === 'image-add') return undefined;
  if (job.kind.startsWith('backup-')) return { page: 'backup-job', id: job.id };
  if (job.kind === 'sync-run') return { page: 'sync-job', id: job.id };
  const page = job.kind === 'bridge-deploy' || job.kind === 'bridge-check' ? 'bridge-job' : 'card-job';
  return { page, id: job.id };
}
