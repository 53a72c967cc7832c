import { goTo } from '../../app/route.ts';
import { type ChosenArchive, useRestoreWizard } from '../../stores/backup-restore-wizard.ts';
import { useBackupRunWizard } from '../../stores/backup-run-wizard.ts';

/** Starts the wizard anew, with these guests chosen. */
export function startBackup(guests: readonly string[]): void {
  const wizard = useBackupRunWizard.getState();
  wizard.startOver();
  wizard.chooseAll(guests);
  goTo({ page: 'backup-run', step: 'choose' });
}

/** Starts the wizard anew, among the archives that contain this text, with one of them chosen. */
export function startRestore({ archive, wanted = '' }: { archive?: ChosenArchive; wanted?: string }): void {
  const wizard = useRestoreWizard.getState();
  wizard.startOver();
  wizard.want(wanted);
  if (archive !== undefined) wizard.chooseArchive(archive);
  goTo({ page: 'backup-restore', step: 'choose' });
}
