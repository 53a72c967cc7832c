import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { JobSummary } from '../../shared/schemas/job.ts';
import { Age } from '../components/Age.tsx';
import { ServiceText } from '../components/ServiceText.tsx';
import { JobStateMark } from '../components/StateMark.tsx';
import { useApi } from '../connection/client.ts';
import { jobAddress } from './job-address.ts';
import './running-here.css';

/** Jobs of these kinds that run now, whoever started them, each with the way to it. */
export function RunningHere({ kinds }: { kinds: readonly JobSummary['kind'][] }) {
  const { query } = useApi();
  const jobs = useQuery(query.jobs.list.queryOptions({ refetchInterval: 3_000 }));
  const running = (jobs.data ?? []).filter(({ kind, state }) => state === 'running' && kinds.includes(kind));
  if (running.length === 0) return null;
  return (
    <ul className="panel running-here">
      {running.map((job) => (
        <li key={job.id}>
          <JobStateMark state={job.state} />
          <a href={jobAddress(job)}>
            <ServiceText text={job.title} />
          </a>
          <span className="quiet">
            <Trans>
              Started <Age time={job.startedAt} />
            </Trans>
          </span>
        </li>
      ))}
    </ul>
  );
}
