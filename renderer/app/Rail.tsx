import { plural, t } from '@lingui/core/macro';
import {
  IconArchive,
  IconBug,
  IconCpu,
  IconHome,
  IconListCheck,
  IconNotebook,
  IconRefresh,
  IconStethoscope,
  IconTopologyRing2,
  type TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../connection/client.ts';
import { addressOf, type Route, useRoute } from './route.ts';

type RailPage = 'today' | 'cards' | 'bridge' | 'backups' | 'sync' | 'jobs' | 'logbook' | 'issues' | 'lab';

const above: readonly RailPage[] = ['today', 'cards', 'bridge', 'backups', 'sync'];
const below: readonly RailPage[] = ['jobs', 'logbook', 'issues', 'lab'];

const entries = (): Record<RailPage, { label: string; icon: TablerIcon }> => ({
  today: { label: t`Today`, icon: IconHome },
  cards: { label: t`Cards`, icon: IconCpu },
  bridge: { label: t`Bridge`, icon: IconTopologyRing2 },
  backups: { label: t`Backups`, icon: IconArchive },
  sync: { label: t`Sync`, icon: IconRefresh },
  jobs: { label: t`Jobs`, icon: IconListCheck },
  logbook: { label: t`Logbook`, icon: IconNotebook },
  issues: { label: t`Issues`, icon: IconBug },
  lab: { label: t`Lab`, icon: IconStethoscope },
});

export function Rail() {
  const here = railPageOf(useRoute());
  return (
    <div className="frame-rail">
      <div className="rail-name" aria-hidden="true">
        <RingTail />
        <span className="rail-label">Sifaka</span>
      </div>
      <nav aria-label={t`Pages`}>
        <ul className="rail-list">
          {above.map((page) => (
            <RailEntry key={page} page={page} current={page === here} />
          ))}
        </ul>
        <ul className="rail-list rail-list-below">
          {below.map((page) => (
            <RailEntry key={page} page={page} current={page === here} />
          ))}
        </ul>
      </nav>
    </div>
  );
}

function RailEntry({ page, current }: { page: RailPage; current: boolean }) {
  const { label, icon: Icon } = entries()[page];
  return (
    <li>
      <a
        href={addressOf({ page })}
        className="rail-link"
        title={label}
        aria-current={current ? 'page' : undefined}
      >
        <Icon size={18} stroke={1.75} aria-hidden="true" />
        <span className="rail-label">{label}</span>
        {page === 'jobs' && <RunningCount />}
      </a>
    </li>
  );
}

function RunningCount() {
  const { query } = useApi();
  const jobs = useQuery(query.jobs.list.queryOptions({ refetchInterval: 3_000 }));
  const running = jobs.data?.filter((job) => job.state === 'running').length ?? 0;
  if (running === 0) return null;
  return (
    <span className="rail-count">
      <span aria-hidden="true">{running}</span>
      <span className="sr-only">{plural(running, { one: '# running', other: '# running' })}</span>
    </span>
  );
}

/** A lemur's tail, curled and ringed. */
function RingTail() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" aria-hidden="true">
      <path
        d="M3 17.500h6.500a7.500 7.500 0 1 0-7-4.800"
        stroke="var(--sf-accent-text)"
        strokeWidth="3"
        strokeDasharray="3.600 1.400"
      />
    </svg>
  );
}

function railPageOf(route: Route): RailPage | undefined {
  if (route.page === 'unknown') return undefined;
  if (route.page === 'node' || route.page === 'burn' || route.page === 'card-job') return 'cards';
  if (route.page === 'issue') return 'issues';
  if (route.page === 'deploy' || route.page === 'bridge-job') return 'bridge';
  if (route.page === 'archives' || route.page === 'backups-guest' || route.page === 'backup-job')
    return 'backups';
  if (route.page === 'backup-run' || route.page === 'backup-restore' || route.page === 'backup-prune')
    return 'backups';
  if (route.page === 'sync-run' || route.page === 'sync-job' || route.page === 'sync-iteration')
    return 'sync';
  // It is reached from what the Lab page says of this machine.
  if (route.page === 'log') return 'lab';
  return route.page;
}
