import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { useApi } from '../../connection/client.ts';
import { useJob } from '../../jobs/use-job.ts';
import { CheckProof } from '../../wizards/bridge/CheckProof.tsx';
import { DeployEnd } from '../../wizards/bridge/DeployEnd.tsx';
import { JobAside } from '../../wizards/bridge/JobAside.tsx';
import { RunBridgeJob } from '../../wizards/bridge/RunBridgeJob.tsx';
import { checkSteps, deploySteps } from '../../wizards/bridge/steps.ts';

/** The last two steps of a deploy, or of a check: they belong to a job, and any window shows them. */
export function BridgeJobPage({ id }: { id: string }) {
  const { query } = useApi();
  const { view, problem } = useJob(id);
  const described = useQuery(query.bridge.described.queryOptions());
  const cables = described.data?.cables ?? [];
  const deploys = useQuery(query.bridge.deploys.queryOptions());
  if (!view.started) {
    return (
      <div className="page">
        {problem ? <ProblemNotice problem={problem} /> : <Waiting words={t`Reading the job's journal.`} />}
      </div>
    );
  }
  const isDeploy = view.started.kind === 'bridge-deploy';
  const { ended } = view;
  const report = ended?.outcome === 'done' ? ended.report : undefined;
  const check = report?.kind === 'bridge-check' ? report.check : undefined;
  // How a deploy stands is in its record; the job's report is the same as of the end of the job.
  const deploy =
    deploys.data?.find((one) => one.id === id) ??
    (report?.kind === 'bridge-deploy' ? report.deploy : undefined);
  const isOver = isDeploy ? ended !== undefined : check !== undefined;
  return (
    <Wizard
      title={<ServiceText text={view.started.title} />}
      steps={isDeploy ? deploySteps() : checkSteps()}
      current={isOver ? 'proof' : 'run'}
      aside={<JobAside view={view} deploy={deploy} />}
    >
      {check && <CheckProof check={check} cables={cables} />}
      {isDeploy && ended && (
        <DeployEnd
          ended={ended}
          deploy={deploy}
          cables={cables}
          check={report?.kind === 'bridge-deploy' ? report.check : undefined}
        />
      )}
      {!isOver && <RunBridgeJob id={id} view={view} problem={problem} />}
    </Wizard>
  );
}
