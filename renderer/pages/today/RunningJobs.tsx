import { Progress } from '@mantine/core';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { jobAddress } from '../../jobs/job-address.ts';
import { formatDuration } from '../../text/format.ts';

/** What runs now, each with its way to the full picture. */
export function RunningJobs({ jobs }: { jobs: readonly JobSummary[] }) {
  return (
    <section className="section" aria-labelledby="today-running">
      <h2 id="today-running">Running</h2>
      <ul className="panel finding-list">
        {jobs.map((job) => (
          <li key={job.id} className="running-job">
            <a href={jobAddress(job) ?? addressOf({ page: 'jobs' })}>
              <LabText text={job.title} />
            </a>
            <span className="quiet">
              {job.progress && <LabText text={job.progress.label} />}
              {job.progress?.etaSeconds !== undefined &&
                `, ${formatDuration(job.progress.etaSeconds)} left in this step`}
            </span>
            <Progress
              value={(job.progress?.overall ?? 0) * 100}
              transitionDuration={0}
              aria-label={`Progress of ${job.title}`}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
