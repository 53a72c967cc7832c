import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { SyncRun } from '../../../shared/schemas/sync-overview.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { runMarks, runWords } from '../../components/sync/sync-words.ts';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { operationColumns } from './operation-columns.tsx';
import { RunFigures } from './RunFigures.tsx';
import { UndoHint } from './UndoHint.tsx';
import './sync.css';

const pageSize = 500;

/** One run or dry run, with what it did to which file. */
export function IterationPage({ id }: { id: string }) {
  const { query } = useApi();
  const pages = useInfiniteQuery(
    query.sync.operations.infiniteOptions({
      input: (after: number | undefined) => ({
        iteration: id,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      }),
      initialPageParam: undefined,
      getNextPageParam: ({ operations }) =>
        operations.length < pageSize ? undefined : operations.at(-1)?.id,
    }),
  );
  const run = pages.data?.pages[0]?.run;
  const rows = useMemo(() => pages.data?.pages.flatMap(({ operations }) => operations) ?? [], [pages.data]);
  const columns = useMemo(() => operationColumns({ isDryRun: run?.dry_run ?? false }), [run?.dry_run]);
  return (
    <div className="page">
      <PageHead title={run?.dry_run ? t`Dry run` : t`Run of a pair`} about={run && <About run={run} />}>
        <Button component="a" href={addressOf({ page: 'sync' })} variant="default">
          <Trans>Sync</Trans>
        </Button>
      </PageHead>
      {pages.isError && <ProblemNotice problem={problemOf(pages.error)} />}
      {pages.isPending && <Waiting words={t`Asking the store for this run.`} />}
      {run && (
        <>
          <Outcome run={run} />
          <RunFigures run={run} conflicts={run.conflicts} />
          {!run.dry_run && run.files_updated + run.files_deleted > 0 && (
            <UndoHint run={run} trash={undefined} />
          )}
          <section className="section" aria-labelledby="sync-files">
            <h2 id="sync-files">
              <Trans>File by file</Trans>
            </h2>
            <DataTable
              label={t`File by file`}
              rows={rows}
              rowKey={({ operation_uid }) => operation_uid}
              columns={columns}
              empty={t`It changed no file.`}
            />
            {pages.hasNextPage && (
              <div>
                <Button
                  variant="default"
                  loading={pages.isFetchingNextPage}
                  onClick={() => void pages.fetchNextPage()}
                >
                  <Trans>Show more</Trans>
                </Button>
              </div>
            )}
          </section>
        </>
      )}
    </div>
  );
}

function About({ run }: { run: SyncRun }) {
  return (
    <>
      <LabText text={run.sync_pair} />, <LabText text={run.direction} />, <Age time={run.started_at} />
    </>
  );
}

function Outcome({ run }: { run: SyncRun }) {
  const isWrong = run.error_message !== null && run.error_message !== '';
  return (
    <div className="panel sync-store">
      <div className="sync-store-state">
        <StateMark state={runMarks[run.status]} label={runWords(run.status)} />
        {isWrong && <ServiceText text={run.error_message ?? ''} />}
      </div>
      <p className="mono small quiet">
        <LabText text={run.src} /> → <LabText text={run.dest} />
      </p>
    </div>
  );
}
