import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { Age } from '../../components/Age.tsx';
import { OwnCommand } from '../../components/OwnCommand.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { JobStateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { jobAddress } from '../../jobs/job-address.ts';
import { formatDuration } from '../../text/format.ts';
import './jobs.css';

/** Every long run, of this host and of others on this machine. */
export function JobsPage() {
  const { query } = useApi();
  const jobs = useQuery(query.jobs.list.queryOptions({ refetchInterval: 2_000 }));
  const cancel = useMutation(query.jobs.cancel.mutationOptions({ onSettled: () => void jobs.refetch() }));
  return (
    <div className="page">
      <PageHead
        title={t`Jobs`}
        about={t`Every long run on this machine, whichever window or terminal started it.`}
      />
      {cancel.isError && <ProblemNotice problem={problemOf(cancel.error)} />}
      <QueryView result={jobs} waiting={t`Reading the journals.`}>
        {(data) =>
          data.length === 0 ? (
            <div className="panel empty">
              <h2>
                <Trans>Nothing has run yet</Trans>
              </h2>
              <p>
                <Trans>Jobs appear here when a card is burned, built or verified. In a terminal:</Trans>
              </p>
              <OwnCommand words="jobs list" />
            </div>
          ) : (
            <DataTable
              label={t`Jobs`}
              rows={data}
              rowKey={(job) => job.id}
              columns={jobColumns((id) => cancel.mutate({ id }))}
              initialSort={{ id: 'started', desc: true }}
              empty=""
            />
          )
        }
      </QueryView>
    </div>
  );
}

function jobColumns(cancel: (id: string) => void): TableColumn<JobSummary>[] {
  return [
    {
      id: 'state',
      header: t`State`,
      value: (job) => job.state,
      renderCell: (job) => <JobStateMark state={job.state} />,
    },
    {
      id: 'title',
      wraps: true,
      header: t`Job`,
      value: (job) => job.title,
      renderCell: (job) => <JobTitle job={job} />,
    },
    {
      id: 'started',
      header: t`Started`,
      descendingFirst: true,
      value: (job) => job.startedAt,
      renderCell: (job) => <Age time={job.startedAt} />,
    },
    {
      id: 'took',
      header: t`Took`,
      numeric: true,
      value: (job) => secondsOf(job),
      renderCell: (job) => took(job),
    },
    {
      id: 'actions',
      header: t`Actions`,
      headerHidden: true,
      renderCell: (job) =>
        job.state === 'running' && <StopButton title={job.title} onClick={() => cancel(job.id)} />,
    },
  ];
}

function StopButton({ title, onClick }: { title: string; onClick: () => void }) {
  return (
    <Button variant="default" size="compact-xs" onClick={onClick} aria-label={t`Stop ${title}`}>
      <Trans>Stop</Trans>
    </Button>
  );
}

function JobTitle({ job }: { job: JobSummary }) {
  const address = jobAddress(job);
  const title = <ServiceText text={job.title} />;
  const { progress } = job;
  return (
    <div className="job-title">
      {address === undefined ? title : <a href={address}>{title}</a>}
      {job.state === 'running' && progress && <JobStep progress={progress} />}
      {job.problem && (
        <span className="small">
          <ServiceText text={`${job.problem.what} ${job.problem.state}`} />
        </span>
      )}
      <span className="small quiet mono">
        <LabText text={job.subject} />
      </span>
      {!job.mine && job.state === 'running' && (
        <span className="small quiet">
          <Trans>Runs in another process.</Trans>
        </span>
      )}
    </div>
  );
}

function JobStep({ progress }: { progress: NonNullable<JobSummary['progress']> }) {
  const step = <ServiceText text={progress.label} />;
  const percent = Math.floor(progress.overall * 100);
  return (
    <span className="small">
      <Trans>
        {step}, {percent} %
      </Trans>
    </span>
  );
}

function secondsOf(job: JobSummary): number | undefined {
  return job.endedAt === undefined ? undefined : (Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000;
}

function took(job: JobSummary) {
  const seconds = secondsOf(job);
  return seconds === undefined ? <span className="quiet">–</span> : formatDuration(seconds);
}
