import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SyncRun } from '../../../shared/schemas/sync-overview.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { runMarks, runWords } from '../../components/sync/sync-words.ts';
import { useApi } from '../../connection/client.ts';
import { formatBytes, formatCount, formatDuration } from '../../text/format.ts';

const shownRuns = 50;

/** The newest runs and dry runs of all pairs, whoever started them. */
export function RunsSection() {
  const { query } = useApi();
  const runs = useQuery(
    query.sync.iterations.queryOptions({ input: { limit: shownRuns }, refetchInterval: 30_000 }),
  );
  const [columns] = useState(runColumns);
  return (
    <section className="section" aria-labelledby="sync-runs">
      <h2 id="sync-runs">
        <Trans>Recent runs</Trans>
      </h2>
      <QueryView result={runs} waiting={t`Asking the store for the last runs.`}>
        {(data) => (
          <DataTable
            label={t`Recent runs`}
            rows={data}
            rowKey={(run) => run.iteration_uid}
            columns={columns}
            initialSort={{ id: 'started', desc: true }}
            empty={t`Nothing has run yet.`}
          />
        )}
      </QueryView>
    </section>
  );
}

function runColumns(): TableColumn<SyncRun>[] {
  return [
    {
      id: 'state',
      header: t`State`,
      value: (run) => run.status,
      renderCell: (run) => (
        <span className="stacked">
          <StateMark state={runMarks[run.status]} label={runWords(run.status)} />
          {run.dry_run && <span className="small quiet">{t`dry run`}</span>}
        </span>
      ),
    },
    {
      id: 'pair',
      header: t`Pair`,
      value: (run) => run.sync_pair,
      renderCell: (run) => <LabText text={run.sync_pair} />,
    },
    {
      id: 'direction',
      header: t`Direction`,
      wraps: true,
      value: (run) => run.direction,
      renderCell: (run) => (
        <span className="stacked">
          <LabText text={run.direction} />
          {run.error_message !== null && run.error_message !== '' && (
            <span className="small sync-error">
              <ServiceText text={run.error_message} />
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'started',
      header: t`Started`,
      descendingFirst: true,
      value: (run) => run.started_at,
      renderCell: (run) => (
        <span className="stacked">
          <a href={addressOf({ page: 'sync-iteration', id: run.iteration_uid })}>
            <Age time={run.started_at} />
          </a>
          <Took run={run} />
        </span>
      ),
    },
    count('created', t`Created`, (run) => run.files_created),
    count('replaced', t`Replaced`, (run) => run.files_updated),
    count('deleted', t`Deleted`, (run) => run.files_deleted),
    count('failed', t({ message: 'Failed', context: 'a column of numbers' }), (run) => run.files_failed),
    {
      id: 'bytes',
      header: t`Copied`,
      numeric: true,
      value: (run) => run.total_bytes_transferred,
      renderCell: (run) => formatBytes(run.total_bytes_transferred),
    },
  ];
}

function count(id: string, header: string, of: (run: SyncRun) => number): TableColumn<SyncRun> {
  return { id, header, numeric: true, value: of, renderCell: (run) => formatCount(of(run)) };
}

function Took({ run: { started_at, ended_at } }: { run: SyncRun }) {
  if (ended_at === null) return null;
  const duration = formatDuration((Date.parse(ended_at) - Date.parse(started_at)) / 1000);
  return <span className="small quiet">{t`took ${duration}`}</span>;
}
