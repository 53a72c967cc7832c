import { t } from '@lingui/core/macro';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { useJob } from '../../jobs/use-job.ts';
import { usePlanShown } from '../../stores/card-wizard.ts';
import { JobAside } from '../../wizards/cards/JobAside.tsx';
import { Proof } from '../../wizards/cards/Proof.tsx';
import { Run } from '../../wizards/cards/Run.tsx';
import { burnSteps, verifySteps } from '../../wizards/cards/steps.ts';

/** The wizard's last two steps, which belong to a job: any window shows them, whichever started it. */
export function CardJobPage({ id }: { id: string }) {
  const { view, problem } = useJob(id);
  const plan = usePlanShown(view.started?.planDigest);
  if (!view.started) {
    return (
      <div className="page">
        {problem ? <ProblemNotice problem={problem} /> : <Waiting words={t`Reading the job's journal.`} />}
      </div>
    );
  }
  const steps = view.started.kind === 'card-verify' ? verifySteps() : burnSteps();
  const report = view.ended?.outcome === 'done' ? view.ended.report : undefined;
  return (
    <Wizard
      title={<ServiceText text={view.started.title} />}
      steps={steps}
      current={report ? 'proof' : 'run'}
      aside={<JobAside view={view} plan={plan} />}
    >
      {report ? <Proof report={report} /> : <Run id={id} view={view} plan={plan} problem={problem} />}
    </Wizard>
  );
}
