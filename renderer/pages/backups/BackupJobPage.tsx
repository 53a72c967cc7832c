import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconHandStop } from '@tabler/icons-react';
import type { JobReport, JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { AsideSection, Wizard } from '../../components/wizard/Wizard.tsx';
import { lanesOf } from '../../jobs/lanes.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { RunJob } from '../../jobs/RunJob.tsx';
import { useJob } from '../../jobs/use-job.ts';
import { JobTimes } from '../../wizards/JobTimes.tsx';
import { stepsOfJob } from '../../wizards/backups/steps.ts';
import { MadeBefore } from './MadeBefore.tsx';
import { BackupProof } from './BackupProof.tsx';

export type BackupReport = Extract<JobReport, { kind: `backup-${string}` }>;

/** The last two steps of everything that is done to backups: they belong to a job, and any window shows them. */
export function BackupJobPage({ id }: { id: string }) {
  const { view, problem } = useJob(id);
  const { started, ended } = view;
  if (!started) {
    return (
      <div className="page">
        {problem ? <ProblemNotice problem={problem} /> : <Waiting words={t`Reading the job's journal.`} />}
      </div>
    );
  }
  const report = isBackupReport(ended?.report) ? ended.report : undefined;
  return (
    <Wizard
      title={<ServiceText text={started.title} />}
      steps={stepsOfJob(started.kind)}
      current={report === undefined ? 'run' : 'proof'}
      aside={<Aside view={view} />}
    >
      {report !== undefined && ended !== undefined ? (
        <BackupProof report={report} ended={ended} />
      ) : (
        <RunJob
          id={id}
          view={view}
          problem={problem}
          doing={doingWords(started.kind)}
          lanesLabel={t`Guests`}
          home={{ href: addressOf({ page: 'backups' }), label: <Trans>Backups</Trans> }}
          end={{
            label: <Trans>Stop</Trans>,
            icon: <IconHandStop size={16} aria-hidden="true" />,
            asked: t`Asked to stop.`,
          }}
        >
          {started.kind === 'backup-run' && ended !== undefined && (
            <MadeBefore from={started.at} to={ended.at} guests={lanesOf(view).map(({ name }) => name)} />
          )}
        </RunJob>
      )}
    </Wizard>
  );
}

function isBackupReport(report: JobReport | undefined): report is BackupReport {
  return report?.kind.startsWith('backup-') ?? false;
}

function doingWords(kind: JobSummary['kind']): string {
  if (kind === 'backup-run') return t`Backing up`;
  if (kind === 'backup-prune') return t`Removing archives`;
  if (kind === 'backup-verify') return t`Reading archives again`;
  if (kind === 'backup-restore') return t`Restoring`;
  if (kind === 'backup-restore-test') return t`Restoring as a test`;
  return t`Deploying the agent`;
}

function Aside({ view }: { view: JobView }) {
  return (
    <>
      {!view.ended && view.ifCutOff !== undefined && (
        <AsideSection title={t`If contact is lost now`}>
          <p>
            <ServiceText text={view.ifCutOff} />
          </p>
        </AsideSection>
      )}
      <JobTimes view={view} />
    </>
  );
}
