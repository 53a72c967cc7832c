import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { goTo, type SyncStep } from '../../app/route.ts';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { useSyncWizard } from '../../stores/sync-wizard.ts';
import { ChooseDirection } from './ChooseDirection.tsx';
import { ReviewSync } from './ReviewSync.tsx';
import { SyncAside } from './SyncAside.tsx';
import { syncSteps } from './steps.ts';
import './sync-wizard.css';

/** choose → review; run and proof belong to the job (see SyncJobPage). */
export function SyncWizard({ step }: { step: SyncStep }) {
  const { choice } = useSyncWizard();
  const reachable: SyncStep = choice === undefined ? 'choose' : step;
  useEffect(() => {
    if (reachable !== step) goTo({ page: 'sync-run', step: reachable }, { replace: true });
  }, [reachable, step]);
  return (
    <Wizard
      title={t`Sync a pair of folders`}
      steps={syncSteps({ linked: true })}
      current={reachable}
      aside={<SyncAside step={reachable} />}
    >
      {reachable === 'review' && choice ? (
        <ReviewSync key={`${choice.pair} ${choice.direction}`} choice={choice} />
      ) : (
        <ChooseDirection />
      )}
    </Wizard>
  );
}
