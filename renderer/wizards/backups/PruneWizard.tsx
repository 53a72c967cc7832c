import { t } from '@lingui/core/macro';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { PruneAside } from './PruneAside.tsx';
import { ReviewPrune } from './ReviewPrune.tsx';
import { pruneSteps } from './steps.ts';
import './backup-wizards.css';

/** Its review is the first step: what is removed is the policy's to say. Run and proof belong to the job (see BackupJobPage). */
export function PruneWizard() {
  return (
    <Wizard title={t`Remove old archives`} steps={pruneSteps()} current="review" aside={<PruneAside />}>
      <ReviewPrune />
    </Wizard>
  );
}
