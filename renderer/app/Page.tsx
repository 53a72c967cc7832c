import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { lazy, Suspense, useDeferredValue, useEffect } from 'react';
import { PageHead } from '../components/PageHead.tsx';
import { TodayPage } from '../pages/today/TodayPage.tsx';
import { terminalText } from '../../shared/terminal-text.ts';
import { PageBoundary } from './PageBoundary.tsx';
import { pageModules, preloadPages } from './page-modules.ts';
import { addressOf, type Route, useRoute } from './route.ts';
import { useTopOfPage } from './top-of-page.ts';

const ArchivesPage = lazy(async () => ({ default: (await pageModules.archives()).ArchivesPage }));
const BackupJobPage = lazy(async () => ({ default: (await pageModules.backupJob()).BackupJobPage }));
const BackupsPage = lazy(async () => ({ default: (await pageModules.backups()).BackupsPage }));
const BackupWizard = lazy(async () => ({ default: (await pageModules.backupRun()).BackupWizard }));
const PruneWizard = lazy(async () => ({ default: (await pageModules.backupPrune()).PruneWizard }));
const RestoreWizard = lazy(async () => ({ default: (await pageModules.backupRestore()).RestoreWizard }));
const BridgeJobPage = lazy(async () => ({ default: (await pageModules.bridgeJob()).BridgeJobPage }));
const BridgePage = lazy(async () => ({ default: (await pageModules.bridge()).BridgePage }));
const BridgeWizard = lazy(async () => ({ default: (await pageModules.bridgeWizard()).BridgeWizard }));
const CardJobPage = lazy(async () => ({ default: (await pageModules.cardJob()).CardJobPage }));
const CardsPage = lazy(async () => ({ default: (await pageModules.cards()).CardsPage }));
const CardWizard = lazy(async () => ({ default: (await pageModules.cardWizard()).CardWizard }));
const GuestPage = lazy(async () => ({ default: (await pageModules.backupsGuest()).GuestPage }));
const IssuePage = lazy(async () => ({ default: (await pageModules.issue()).IssuePage }));
const IssuesPage = lazy(async () => ({ default: (await pageModules.issues()).IssuesPage }));
const JobsPage = lazy(async () => ({ default: (await pageModules.jobs()).JobsPage }));
const LabPage = lazy(async () => ({ default: (await pageModules.lab()).LabPage }));
const LogPage = lazy(async () => ({ default: (await pageModules.log()).LogPage }));
const LogbookPage = lazy(async () => ({ default: (await pageModules.logbook()).LogbookPage }));
const NodePage = lazy(async () => ({ default: (await pageModules.node()).NodePage }));
const SyncIterationPage = lazy(async () => ({
  default: (await pageModules.syncIteration()).IterationPage,
}));
const SyncJobPage = lazy(async () => ({ default: (await pageModules.syncJob()).SyncJobPage }));
const SyncPage = lazy(async () => ({ default: (await pageModules.sync()).SyncPage }));
const SyncWizard = lazy(async () => ({ default: (await pageModules.syncRun()).SyncWizard }));

/**
 * The page of the address. While the part of the program that draws the next one is still on its way, the one before
 * stays, so nothing flashes; only a window that opens on such a page sees the words of `PageOnItsWay`, and these wait
 * a moment too. A page that stays like this is looked at only: what is opened or typed there would go with it, under the
 * operator's hands.
 */
export function Page() {
  const next = useRoute();
  const route = useDeferredValue(next);
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · Sifaka`;
  }, [title]);
  useTopOfPage(route);
  useEffect(preloadPages, []);
  return (
    // Not between the steps of one page, whose focus stays where it is.
    <div className="page-shown" inert={route.page !== next.page}>
      <PageBoundary route={route}>
        <Suspense fallback={<PageOnItsWay />}>
          <PageOf route={route} />
        </Suspense>
      </PageBoundary>
    </div>
  );
}

function PageOf({ route }: { route: Route }) {
  if (route.page === 'today') return <TodayPage />;
  if (route.page === 'cards') return <CardsPage />;
  if (route.page === 'node') return <NodePage node={route.node} />;
  if (route.page === 'burn') return <CardWizard step={route.step} />;
  if (route.page === 'card-job') return <CardJobPage key={route.id} id={route.id} />;
  if (route.page === 'bridge') return <BridgePage />;
  if (route.page === 'deploy') return <BridgeWizard step={route.step} />;
  if (route.page === 'bridge-job') return <BridgeJobPage key={route.id} id={route.id} />;
  if (route.page === 'backups') return <BackupsPage />;
  if (route.page === 'backups-guest') return <GuestPage key={route.guest} address={route.guest} />;
  if (route.page === 'archives') return <ArchivesPage />;
  if (route.page === 'backup-job') return <BackupJobPage key={route.id} id={route.id} />;
  if (route.page === 'backup-run') return <BackupWizard step={route.step} />;
  if (route.page === 'backup-restore') return <RestoreWizard step={route.step} />;
  if (route.page === 'backup-prune') return <PruneWizard />;
  if (route.page === 'sync') return <SyncPage />;
  if (route.page === 'sync-run') return <SyncWizard step={route.step} />;
  if (route.page === 'sync-job') return <SyncJobPage key={route.id} id={route.id} />;
  if (route.page === 'sync-iteration') return <SyncIterationPage key={route.id} id={route.id} />;
  if (route.page === 'jobs') return <JobsPage />;
  if (route.page === 'logbook') return <LogbookPage />;
  if (route.page === 'issues') return <IssuesPage />;
  if (route.page === 'issue') return <IssuePage key={route.id} id={route.id} />;
  if (route.page === 'lab') return <LabPage />;
  if (route.page === 'log') return <LogPage />;
  const path = terminalText(route.path);
  return (
    <div className="page">
      <PageHead title={t`There is no such page`} about={t`Nothing is at “${path}”.`} />
      <p>
        <a href={addressOf({ page: 'today' })}>
          <Trans>Go to Today</Trans>
        </a>
      </p>
    </div>
  );
}

function PageOnItsWay() {
  return (
    <div className="page page-on-its-way">
      <output className="quiet">
        <Trans>Opening the page.</Trans>
      </output>
    </div>
  );
}

const titles = (): Record<Route['page'], string> => ({
  today: t`Today`,
  cards: t`Cards`,
  node: t`Node`,
  burn: t`Burn a card`,
  'card-job': t`Card job`,
  bridge: t`Bridge`,
  deploy: t`Deploy the bridge`,
  'bridge-job': t`Bridge job`,
  backups: t`Backups`,
  'backups-guest': t`Guest`,
  archives: t`Archives`,
  'backup-job': t`Backup job`,
  'backup-run': t`Back up guests`,
  'backup-restore': t`Get a guest back`,
  'backup-prune': t`Remove old archives`,
  sync: t`Sync`,
  'sync-run': t`Sync a pair`,
  'sync-job': t`Sync job`,
  'sync-iteration': t`Sync run`,
  jobs: t`Jobs`,
  logbook: t`Logbook`,
  issues: t`Issues`,
  issue: t`Issue`,
  lab: t`Lab`,
  log: t`Log`,
  unknown: t`No such page`,
});

function titleOf(route: Route): string {
  if (route.page === 'issue') {
    const { id } = route;
    return t`Issue ${id}`;
  }
  if (route.page === 'backups-guest') {
    const guest = terminalText(route.guest);
    return t`Backups of ${guest}`;
  }
  return route.page === 'node' ? terminalText(route.node) : titles()[route.page];
}
