/** Every page that is a file of its own in the built app. Today is not: it is what most windows open on. */
export const pageModules = {
  cardJob: () => import('../pages/cards/CardJobPage.tsx'),
  cards: () => import('../pages/cards/CardsPage.tsx'),
  cardWizard: () => import('../wizards/cards/CardWizard.tsx'),
  jobs: () => import('../pages/jobs/JobsPage.tsx'),
  lab: () => import('../pages/lab/LabPage.tsx'),
  log: () => import('../pages/log/LogPage.tsx'),
  logbook: () => import('../pages/logbook/LogbookPage.tsx'),
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
