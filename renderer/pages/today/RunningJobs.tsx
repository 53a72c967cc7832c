import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Progress } from '@mantine/core';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import { ServiceText } from '../../components/ServiceText.tsx';
import { jobAddress } from '../../jobs/job-address.ts';
import { formatDuration } from '../../text/format.ts';

/** What runs now, each with its way to the full picture. */
export function RunningJobs({ jobs }: { jobs: readonly JobSummary[] }) {
  return (
    <section className="section" aria-labelledby="today-running">
      <h2 id="today-running">
        <Trans>Running</Trans>
      </h2>
      <ul className="panel finding-list">
        {jobs.map((job) => (
          <li key={job.id} className="running-job">
            <a href={jobAddress(job) ?? addressOf({ page: 'jobs' })}>
              <ServiceText text={job.title} />
            </a>
            <span className="quiet">{job.progress && <StepNow progress={job.progress} />}</span>
            <Progress
              value={(job.progress?.overall ?? 0) * 100}
              transitionDuration={0}
              aria-label={progressOf(job.title)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function StepNow({ progress }: { progress: NonNullable<JobSummary['progress']> }) {
  const step = <ServiceText text={progress.label} />;
  if (progress.etaSeconds === undefined) return step;
  const duration = formatDuration(progress.etaSeconds);
  return (
    <Trans>
      {step}, {duration} left in this step
    </Trans>
  );
}

function progressOf(job: string): string {
  return t`Progress of ${job}`;
}
