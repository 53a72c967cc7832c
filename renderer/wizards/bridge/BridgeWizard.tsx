import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { type DeployStep, goTo } from '../../app/route.ts';
import { Waiting } from '../../components/QueryView.tsx';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { deployRequest, useBridgeWizard } from '../../stores/bridge-wizard.ts';
import { ChoiceAside } from './ChoiceAside.tsx';
import { ChooseDesign } from './ChooseDesign.tsx';
import { ReviewDeploy } from './ReviewDeploy.tsx';
import { deploySteps } from './steps.ts';
import { useSources } from './use-sources.ts';

/** choose → review; run and proof belong to the job (see BridgeJobPage). */
export function BridgeWizard({ step }: { step: DeployStep }) {
  const choices = useBridgeWizard();
  const { nodesOf, isPending } = useSources();
  const request = deployRequest(choices, nodesOf(choices.source));
  const reachable: DeployStep = request === undefined && !isPending ? 'choose' : step;
  useEffect(() => {
    if (reachable !== step) goTo({ page: 'deploy', step: reachable }, { replace: true });
  }, [reachable, step]);
  return (
    <Wizard
      title={t`Deploy the Thunderbolt bridge`}
      steps={deploySteps({ linked: true })}
      current={reachable}
      aside={<ChoiceAside step={reachable} request={request} />}
    >
      {reachable === 'choose' && <ChooseDesign />}
      {reachable === 'review' && request && <ReviewDeploy key={JSON.stringify(request)} request={request} />}
      {reachable === 'review' && !request && (
        <div className="step-content">
          <Waiting words={t`Reading the designs.`} />
        </div>
      )}
    </Wizard>
  );
}
