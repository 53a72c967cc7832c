import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { lazy, Suspense, useDeferredValue, useEffect } from 'react';
import { PageHead } from '../components/PageHead.tsx';
import { TodayPage } from '../pages/today/TodayPage.tsx';
import { terminalText } from '../../shared/terminal-text.ts';
import { PageBoundary } from './PageBoundary.tsx';
import { pageModules, preloadPages } from './page-modules.ts';
import { addressOf, type Route, useRoute } from './route.ts';

const CardJobPage = lazy(async () => ({ default: (await pageModules.cardJob()).CardJobPage }));
const CardsPage = lazy(async () => ({ default: (await pageModules.cards()).CardsPage }));
const CardWizard = lazy(async () => ({ default: (await pageModules.cardWizard()).CardWizard }));
const JobsPage = lazy(async () => ({ default: (await pageModules.jobs()).JobsPage }));
const LabPage = lazy(async () => ({ default: (await pageModules.lab()).LabPage }));
const LogPage = lazy(async () => ({ default: (await pageModules.log()).LogPage }));
const LogbookPage = lazy(async () => ({ default: (await pageModules.logbook()).LogbookPage }));
const NodePage = lazy(async () => ({ default: (await pageModules.node()).NodePage }));

/**
 * The page of the address. While the part of the program that draws the next one is still on its way, the one before
 * stays, so nothing flashes; only a window that opens on such a page sees the words of `PageOnItsWay`, and these wait
 * a moment too.
 */
export function Page() {
  const route = useDeferredValue(useRoute());
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · Sifaka`;
  }, [title]);
  useEffect(preloadPages, []);
  return (
    <PageBoundary route={route}>
      <Suspense fallback={<PageOnItsWay />}>
        <PageOf route={route} />
      </Suspense>
    </PageBoundary>
  );
}

function PageOf({ route }: { route: Route }) {
  if (route.page === 'today') return <TodayPage />;
  if (route.page === 'cards') return <CardsPage />;
  if (route.page === 'node') return <NodePage node={route.node} />;
  if (route.page === 'burn') return <CardWizard step={route.step} />;
  if (route.page === 'card-job') return <CardJobPage key={route.id} id={route.id} />;
  if (route.page === 'jobs') return <JobsPage />;
  if (route.page === 'logbook') return <LogbookPage />;
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
  jobs: t`Jobs`,
  logbook: t`Logbook`,
  lab: t`Lab`,
  log: t`Log`,
  unknown: t`No such page`,
});

function titleOf(route: Route): string {
  return route.page === 'node' ? terminalText(route.node) : titles()[route.page];
}
