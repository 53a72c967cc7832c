import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { goTo, type WizardStep } from '../../app/route.ts';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { useCardWizard } from '../../stores/card-wizard.ts';
import { ChoiceAside } from './ChoiceAside.tsx';
import { ChooseNode } from './ChooseNode.tsx';
import { ChooseTarget } from './ChooseTarget.tsx';
import { Review } from './Review.tsx';
import { burnSteps } from './steps.ts';
import { useRemovedDrive } from './use-removed-drive.ts';

/** choose node → choose target → review; run and proof belong to the job (see CardJobPage). */
export function CardWizard({ step }: { step: WizardStep }) {
  const { node, target } = useCardWizard();
  useRemovedDrive();
  const reachable: WizardStep =
    node === undefined ? 'node' : target === undefined && step === 'review' ? 'target' : step;
  useEffect(() => {
    if (reachable !== step) goTo({ page: 'burn', step: reachable }, { replace: true });
  }, [reachable, step]);
  return (
    <Wizard
      title={t`Burn a recovery card`}
      steps={burnSteps({ linked: true })}
      current={reachable}
      aside={<ChoiceAside step={reachable} />}
    >
      {reachable === 'node' && <ChooseNode />}
      {reachable === 'target' && <ChooseTarget />}
      {reachable === 'review' && node !== undefined && target !== undefined && (
        <Review node={node} target={target} />
      )}
    </Wizard>
  );
}
