import { goTo } from '../../app/route.ts';
import { startDeploy } from '../../wizards/bridge/start-deploy.ts';
import { startBackup, startRestore } from '../../wizards/backups/start-wizard.ts';
import { startBurn } from '../../wizards/cards/start-burn.ts';
import { startSync } from '../../wizards/sync/start-sync.ts';
import type { Destination } from './entries.ts';

/** Goes there, and takes the focus along: whoever chose by keyboard reads on at the top of the new page. */
export function goToDestination(destination: Destination): void {
  document.getElementById('page')?.focus();
  if (destination.kind === 'page') goTo(destination.route);
  else if (destination.kind === 'bridge-wizard') startDeploy(undefined);
  else if (destination.kind === 'backup-wizard') startBackup([]);
  else if (destination.kind === 'restore-wizard') startRestore({});
  else if (destination.kind === 'card-wizard') startBurn(destination.node);
  else if (destination.kind === 'sync-wizard') startSync(undefined);
  else goTo({ page: 'backup-prune' });
}
