import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { Age } from '../../components/Age.tsx';
import { CommandLine } from '../../components/CommandLine.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
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
        title="Jobs"
        about="Every long run on this machine, whichever window or terminal started it."
      />
      {cancel.isError && <ProblemNotice problem={problemOf(cancel.error)} />}
      <QueryView result={jobs} waiting="Reading the journals.">
        {(data) =>
          data.length === 0 ? (
            <div className="panel empty">
              <h2>Nothing has run yet</h2>
              <p>Jobs appear here when a card is burned, built or verified. In a terminal:</p>
              <CommandLine command="npx sifaka jobs list" />
            </div>
          ) : (
            <DataTable
              label="Jobs"
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
      header: 'State',
      value: (job) => job.state,
      renderCell: (job) => <JobStateMark state={job.state} />,
    },
    {
      id: 'title',
      wraps: true,
      header: 'Job',
      value: (job) => job.title,
      renderCell: (job) => <JobTitle job={job} />,
    },
    {
      id: 'started',
      header: 'Started',
      descendingFirst: true,
      value: (job) => job.startedAt,
      renderCell: (job) => <Age time={job.startedAt} />,
    },
    {
      id: 'took',
      header: 'Took',
      numeric: true,
      value: (job) => secondsOf(job),
      renderCell: (job) => took(job),
    },
    {
      id: 'actions',
      header: 'Actions',
      headerHidden: true,
      renderCell: (job) =>
        job.state === 'running' && (
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => cancel(job.id)}
            aria-label={`Stop ${job.title}`}
          >
            Stop
          </Button>
        ),
    },
  ];
}

function JobTitle({ job }: { job: JobSummary }) {
  const address = jobAddress(job);
  const title = <LabText text={job.title} />;
  return (
    <div className="job-title">
      {address === undefined ? title : <a href={address}>{title}</a>}
      {job.state === 'running' && job.progress && (
        <span className="small">
          <LabText text={job.progress.label} />, {Math.floor(job.progress.overall * 100)} %
        </span>
      )}
      {job.problem && (
        <span className="small">
          <LabText text={`${job.problem.what} ${job.problem.state}`} />
        </span>
      )}
      <span className="small quiet mono">
        <LabText text={job.subject} />
      </span>
      {!job.mine && job.state === 'running' && <span className="small quiet">Runs in another process.</span>}
    </div>
  );
}

function secondsOf(job: JobSummary): number | undefined {
  return job.endedAt === undefined ? undefined : (Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000;
}

function took(job: JobSummary) {
  const seconds = secondsOf(job);
  return seconds === undefined ? <span className="quiet">–</span> : formatDuration(seconds);
}
