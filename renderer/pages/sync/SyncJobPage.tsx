import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconHandStop } from '@tabler/icons-react';
import { addressOf } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { AsideSection, Wizard } from '../../components/wizard/Wizard.tsx';
import { RunJob } from '../../jobs/RunJob.tsx';
import { useJob } from '../../jobs/use-job.ts';
import { JobTimes } from '../../wizards/JobTimes.tsx';
import { syncSteps } from '../../wizards/sync/steps.ts';
import { SyncProof } from './SyncProof.tsx';
import './sync.css';

/** The last two steps of a run of a pair: they belong to its job, and any window shows them. */
export function SyncJobPage({ id }: { id: string }) {
  const { view, problem } = useJob(id);
  const { started, ended } = view;
  if (!started) {
    return (
      <div className="page">
        {problem ? <ProblemNotice problem={problem} /> : <Waiting words={t`Reading the job's journal.`} />}
      </div>
    );
  }
  const report = ended?.report?.kind === 'sync-run' ? ended.report : undefined;
  return (
    <Wizard
      title={<ServiceText text={started.title} />}
      steps={syncSteps()}
      current={report === undefined ? 'run' : 'proof'}
      aside={
        <>
          {!ended && view.ifCutOff !== undefined && (
            <AsideSection title={t`If contact is lost now`}>
              <p>
                <ServiceText text={view.ifCutOff} />
              </p>
            </AsideSection>
          )}
          <JobTimes view={view} />
        </>
      }
    >
      {report !== undefined && ended !== undefined ? (
        <SyncProof report={report} ended={ended} />
      ) : (
        <RunJob
          id={id}
          view={view}
          problem={problem}
          doing={t`Bringing the second folder up to date`}
          lanesLabel={t`Pairs`}
          home={{ href: addressOf({ page: 'sync' }), label: <Trans>Sync</Trans> }}
          end={{
            label: <Trans>Stop</Trans>,
            icon: <IconHandStop size={16} aria-hidden="true" />,
            asked: t`Asked to stop.`,
          }}
        />
      )}
    </Wizard>
  );
}
