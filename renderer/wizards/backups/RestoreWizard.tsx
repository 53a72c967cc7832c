import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { type BackupStep, goTo } from '../../app/route.ts';
import { Waiting } from '../../components/QueryView.tsx';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { restoreRequest, useRestoreWizard } from '../../stores/backup-restore-wizard.ts';
import { ChooseArchive } from './ChooseArchive.tsx';
import { RestoreAside } from './RestoreAside.tsx';
import { ReviewRestore } from './ReviewRestore.tsx';
import { restoreSteps } from './steps.ts';
import { useKnownTargets } from './use-known-targets.ts';

/** choose → review; run and proof belong to the job (see BackupJobPage). */
export function RestoreWizard({ step }: { step: BackupStep }) {
  const choices = useRestoreWizard();
  const { known, isPending } = useKnownTargets();
  const request = restoreRequest(choices, known);
  const reachable: BackupStep = request === undefined && !isPending ? 'choose' : step;
  useEffect(() => {
    if (reachable !== step) goTo({ page: 'backup-restore', step: reachable }, { replace: true });
  }, [reachable, step]);
  return (
    <Wizard
      title={t`Get a guest back`}
      steps={restoreSteps({ linked: true })}
      current={reachable}
      aside={<RestoreAside step={reachable} known={known} />}
    >
      {reachable === 'choose' && <ChooseArchive known={known} />}
      {reachable === 'review' && request && choices.archive && (
        <ReviewRestore key={JSON.stringify(request)} request={request} archive={choices.archive} />
      )}
      {reachable === 'review' && !request && (
        <div className="step-content">
          <Waiting words={t`Reading what is known of the backups.`} />
        </div>
      )}
    </Wizard>
  );
}
