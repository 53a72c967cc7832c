import { useEffect } from 'react';
import { CardJobPage } from '../pages/cards/CardJobPage.tsx';
import { CardsPage } from '../pages/cards/CardsPage.tsx';
import { NodePage } from '../pages/cards/NodePage.tsx';
import { JobsPage } from '../pages/jobs/JobsPage.tsx';
import { LabPage } from '../pages/lab/LabPage.tsx';
import { LogPage } from '../pages/log/LogPage.tsx';
import { LogbookPage } from '../pages/logbook/LogbookPage.tsx';
import { TodayPage } from '../pages/today/TodayPage.tsx';
import { PageHead } from '../components/PageHead.tsx';
import { terminalText } from '../../shared/terminal-text.ts';
import { CardWizard } from '../wizards/cards/CardWizard.tsx';
import { addressOf, type Route, useRoute } from './route.ts';

export function Page() {
  const route = useRoute();
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · Sifaka`;
  }, [title]);
  if (route.page === 'today') return <TodayPage />;
  if (route.page === 'cards') return <CardsPage />;
  if (route.page === 'node') return <NodePage node={route.node} />;
  if (route.page === 'burn') return <CardWizard step={route.step} />;
  if (route.page === 'card-job') return <CardJobPage key={route.id} id={route.id} />;
  if (route.page === 'jobs') return <JobsPage />;
  if (route.page === 'logbook') return <LogbookPage />;
  if (route.page === 'lab') return <LabPage />;
  if (route.page === 'log') return <LogPage />;
  return (
    <div className="page">
      <PageHead title="There is no such page" about={`Nothing is at “${terminalText(route.path)}”.`} />
      <p>
        <a href={addressOf({ page: 'today' })}>Go to Today</a>
      </p>
    </div>
  );
}

const titles: Record<Route['page'], string> = {
  today: 'Today',
  cards: 'Cards',
  node: 'Node',
  burn: 'Burn a card',
  'card-job': 'Card job',
  jobs: 'Jobs',
  logbook: 'Logbook',
  lab: 'Lab',
  log: 'Log',
  unknown: 'No such page',
};

function titleOf(route: Route): string {
  return route.page === 'node' ? terminalText(route.node) : titles[route.page];
}
