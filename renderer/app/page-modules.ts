/** Every page that is a file of its own in the built app. Today is not: it is what most windows open on. */
export const pageModules = {
  archives: () => import('../pages/backups/ArchivesPage.tsx'),
  backupJob: () => import('../pages/backups/BackupJobPage.tsx'),
  backups: () => import('../pages/backups/BackupsPage.tsx'),
  backupsGuest: () => import('../pages/backups/GuestPage.tsx'),
  backupPrune: () => import('../wizards/backups/PruneWizard.tsx'),
  backupRestore: () => import('../wizards/backups/RestoreWizard.tsx'),
  backupRun: () => import('../wizards/backups/BackupWizard.tsx'),
  bridge: () => import('../pages/bridge/BridgePage.tsx'),
  bridgeJob: () => import('../pages/bridge/BridgeJobPage.tsx'),
  bridgeWizard: () => import('../wizards/bridge/BridgeWizard.tsx'),
  cardJob: () => import('../pages/cards/CardJobPage.tsx'),
  cards: () => import('../pages/cards/CardsPage.tsx'),
  cardWizard: () => import('../wizards/cards/CardWizard.tsx'),
  issue: () => import('../pages/issues/IssuePage.tsx'),
  issues: () => import('../pages/issues/IssuesPage.tsx'),
  jobs: () => import('../pages/jobs/JobsPage.tsx'),
  lab: () => import('../pages/lab/LabPage.tsx'),
  log: () => import('../pages/log/LogPage.tsx'),
  logbook: () => import('../pages/logbook/LogbookPage.tsx'),
  sync: () => import('../pages/sync/SyncPage.tsx'),
  syncIteration: () => import('../pages/sync/IterationPage.tsx'),
  syncJob: () => import('../pages/sync/SyncJobPage.tsx'),
  syncRun: () => import('../wizards/sync/SyncWizard.tsx'),
  node: () => import('../pages/cards/NodePage.tsx'),
};

/**
 * Fetches the other pages once the first one stands and the processor has nothing better to do: they open at once
 * then, and a host that goes away later takes none of them with it.
 */
export function preloadPages(): () => void {
  const whenIdle = window.requestIdleCallback ?? ((task: () => void) => window.setTimeout(task, 500));
  const cancel = window.cancelIdleCallback ?? window.clearTimeout;
  const waiting = whenIdle(() => {
    // Whoever opens a page that did not come is told so by PageBoundary.
    for (const load of Object.values(pageModules)) load().catch(() => undefined);
  });
  return () => cancel(waiting);
}
