import { useEffect } from 'react';
import { CardJobPage } from '../pages/cards/CardJobPage.tsx';
import { CardsPage } from '../pages/cards/CardsPage.tsx';
import { NodePage } from '../pages/cards/NodePage.tsx';
import { JobsPage } from '../pages/jobs/JobsPage.tsx';
import { LabPage } from '../pages/lab/LabPage.tsx';
import { LogbookPage } from '../pages/logbook/LogbookPage.tsx';
import { TodayPage } from '../pages/today/TodayPage.tsx';
import { PageHead } from '../components/PageHead.tsx';
import { printable } from '../text/printable.ts';
import { CardWizard } from '../wizards/cards/CardWizard.tsx';
import { addressOf, type Route, useRoute } from './route.ts';

export function Page() {
  const route = useRoute();
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · Sifaka`;
  }, [title]);
  switch (route.page) {
    case 'today':
      return <TodayPage />;
    case 'cards':
      return <CardsPage />;
    case 'node':
      return <NodePage node={route.node} />;
    case 'burn':
      return <CardWizard step={route.step} />;
    case 'card-job':
      return <CardJobPage key={route.id} id={route.id} />;
    case 'jobs':
      return <JobsPage />;
    case 'logbook':
      return <LogbookPage />;
    case 'lab':
      return <LabPage />;
    case 'unknown':
      return (
        <div className="page">
          <PageHead title="There is no such page" about={`Nothing is at “${printable(route.path)}”.`} />
          <p>
            <a href={addressOf({ page: 'today' })}>Go to Today</a>
          </p>
        </div>
      );
  }
}

function titleOf(route: Route): string {
  switch (route.page) {
    case 'today':
      return 'Today';
    case 'cards':
      return 'Cards';
    case 'node':
      return printable(route.node);
    case 'burn':
      return 'Burn a card';
    case 'card-job':
      return 'Card job';
    case 'jobs':
      return 'Jobs';
    case 'logbook':
      return 'Logbook';
    case 'lab':
      return 'Lab';
    case 'unknown':
      return 'No such page';
  }
}
