import { t } from '@lingui/core/macro';
import { useEffect } from 'react';
import { type BackupStep, goTo } from '../../app/route.ts';
import { Wizard } from '../../components/wizard/Wizard.tsx';
import { runRequest, useBackupRunWizard } from '../../stores/backup-run-wizard.ts';
import { ChooseGuests } from './ChooseGuests.tsx';
import { ReviewBackup } from './ReviewBackup.tsx';
import { RunAside } from './RunAside.tsx';
import { runSteps } from './steps.ts';

/** choose → review; run and proof belong to the job (see BackupJobPage). */
export function BackupWizard({ step }: { step: BackupStep }) {
  const request = runRequest(useBackupRunWizard());
  const reachable: BackupStep = request === undefined ? 'choose' : step;
  useEffect(() => {
    if (reachable !== step) goTo({ page: 'backup-run', step: reachable }, { replace: true });
  }, [reachable, step]);
  return (
    <Wizard
      title={t`Back up guests`}
      steps={runSteps({ linked: true })}
      current={reachable}
      aside={<RunAside step={reachable} />}
    >
      {reachable === 'review' && request ? (
        <ReviewBackup key={JSON.stringify(request)} request={request} />
      ) : (
        <ChooseGuests />
      )}
    </Wizard>
  );
}
