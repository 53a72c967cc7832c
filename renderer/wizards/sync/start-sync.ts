import type { SyncChoice } from '../../../shared/schemas/sync-plans.ts';
import { goTo } from '../../app/route.ts';
import { useSyncWizard } from '../../stores/sync-wizard.ts';

/** Starts the wizard anew; with a direction at what there is to review of it. */
export function startSync(choice: SyncChoice | undefined): void {
  const wizard = useSyncWizard.getState();
  wizard.startOver();
  if (choice !== undefined) wizard.choose(choice);
  goTo({ page: 'sync-run', step: choice === undefined ? 'choose' : 'review' });
}
