import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { SyncRunReport } from '../../../shared/schemas/sync-report.ts';
import { addressOf } from '../../app/route.ts';
import { DataTable } from '../../components/DataTable.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { NoticeList } from '../../components/sync/NoticeList.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { jobStateWords } from '../../jobs/job-state-words.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { operationColumns } from './operation-columns.tsx';
import { RunFigures } from './RunFigures.tsx';
import { UndoHint } from './UndoHint.tsx';

/** What a run did, as it was read back; what it did not do; and how it is taken back. */
export function SyncProof(props: { report: SyncRunReport; ended: NonNullable<JobView['ended']> }) {
  const { report, ended } = props;
  const { iteration, operations, operationsTotal, notices, noticesTotal } = report;
  const columns = useMemo(() => operationColumns({ isDryRun: false }), []);
  const conflicts = operations.filter(({ conflict }) => conflict).length;
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>
          {ended.outcome === 'done' ? headline(report) : jobStateWords(ended.outcome)}
        </StepHeading>
        {ended.problem && <ProblemNotice problem={ended.problem} />}
        <RunFigures run={iteration} conflicts={conflicts} />
        <Evidence report={report} />
        {notices.length > 0 && (
          <section className="section" aria-labelledby="sync-proof-notices">
            <h3 id="sync-proof-notices">
              <Trans>To look at</Trans>
            </h3>
            <NoticeList label={t`To look at`} notices={notices} further={noticesTotal - notices.length} />
          </section>
        )}
        {operations.length > 0 && (
          <section className="section" aria-labelledby="sync-proof-files">
            <h3 id="sync-proof-files">
              <Trans>File by file</Trans>
            </h3>
            <DataTable
              label={t`File by file`}
              rows={operations}
              rowKey={({ operation_uid }) => operation_uid}
              columns={columns}
              empty=""
            />
            {operationsTotal > operations.length && (
              <p className="quiet">
                {plural(operationsTotal - operations.length, {
                  one: '# more of them; the page of this run has all.',
                  other: '# more of them; the page of this run has all.',
                })}
              </p>
            )}
          </section>
        )}
        {report.trash !== undefined && <UndoHint run={iteration} trash={report.trash} />}
      </div>
      <StepActions>
        <Button
          component="a"
          href={addressOf({ page: 'sync-iteration', id: iteration.iteration_uid })}
          variant="default"
        >
          <Trans>This run, kept</Trans>
        </Button>
        <Button component="a" href={addressOf({ page: 'sync' })} className="push">
          <Trans>Back to Sync</Trans>
        </Button>
      </StepActions>
    </div>
  );
}

function headline({ iteration }: SyncRunReport): string {
  const { files_created, files_updated, files_deleted } = iteration;
  return plural(files_created + files_updated + files_deleted, {
    one: 'Made and read back: # change',
    other: 'Made and read back: # changes',
  });
}

function Evidence({ report: { recorded, iteration } }: { report: SyncRunReport }) {
  return (
    <ul className="panel sync-store">
      <li>
        <StateMark
          state={iteration.status === 'success' ? 'ok' : 'warning'}
          label={
            iteration.status === 'success'
              ? t`Every file that was changed was looked at again, and its contents are on the disk.`
              : t`Not every file could be brought up to date; the others were looked at again.`
          }
        />
      </li>
      <li>
        <StateMark state={recorded === 'stored' ? 'ok' : 'warning'} label={recordedWords(recorded)} />
      </li>
    </ul>
  );
}

function recordedWords(recorded: SyncRunReport['recorded']): string {
  const words: Record<SyncRunReport['recorded'], string> = {
    stored: t`The store has its records.`,
    kept: t`The store does not have its records yet: they wait in the log folder for the next run.`,
    'end-unwritten': t`That it has ended could not be written to the log folder: the next run may record it as cut off, which it was not.`,
  };
  return words[recorded];
}
