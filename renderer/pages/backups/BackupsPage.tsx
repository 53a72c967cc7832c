import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconArchive, IconArrowBackUp, IconScissors } from '@tabler/icons-react';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { useOverview } from '../../components/backups/use-overview.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useSession } from '../../connection/use-session.ts';
import { RunningHere } from '../../jobs/RunningHere.tsx';
import { startBackup, startRestore } from '../../wizards/backups/start-wizard.ts';
import { BelongingsSection } from './BelongingsSection.tsx';
import { CalendarSection } from './CalendarSection.tsx';
import { DiscoverButton } from './DiscoverButton.tsx';
import { NoDiscovery, NoPolicy } from './EmptyBackups.tsx';
import { GuestsSection } from './GuestsSection.tsx';
import { PlacesSection } from './PlacesSection.tsx';
import { SummaryLine } from './SummaryLine.tsx';
import './backups.css';

/** Guest by guest, whether it could be restored tonight. */
export function BackupsPage() {
  const overview = useOverview();
  const { isOperator } = useSession();
  return (
    <div className="page backups-page">
      <PageHead title={t`Backups`} about={t`Guest by guest, whether it could be restored tonight.`}>
        <Button component="a" href={addressOf({ page: 'archives' })} variant="default">
          <Trans>All archives</Trans>
        </Button>
        {/* Before the first time the page itself asks for it. */}
        {overview.data?.discoveredAt !== undefined && <Doing isOperator={isOperator} />}
      </PageHead>
      <RunningHere
        kinds={[
          'backup-run',
          'backup-prune',
          'backup-verify',
          'backup-restore',
          'backup-restore-test',
          'backup-agent-deploy',
        ]}
      />
      <QueryView result={overview} waiting={t`Reading what is known of the backups.`}>
        {(data) => <Seen overview={data} isOperator={isOperator} />}
      </QueryView>
    </div>
  );
}

function Doing({ isOperator }: { isOperator: boolean }) {
  return (
    <>
      <DiscoverButton disabled={!isOperator} />
      <Button
        component="a"
        href={addressOf({ page: 'backup-prune' })}
        variant="default"
        leftSection={<IconScissors size={16} aria-hidden="true" />}
      >
        <Trans>Remove old archives</Trans>
      </Button>
      <Button
        variant="default"
        disabled={!isOperator}
        leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
        onClick={() => startRestore({})}
      >
        <Trans>Get a guest back</Trans>
      </Button>
      <Button
        disabled={!isOperator}
        leftSection={<IconArchive size={16} aria-hidden="true" />}
        onClick={() => startBackup([])}
      >
        <Trans>Back up guests</Trans>
      </Button>
    </>
  );
}

function Seen({ overview, isOperator }: { overview: BackupOverview; isOperator: boolean }) {
  const { rows, discoveredAt, policy } = overview;
  return (
    <>
      {discoveredAt === undefined && <NoDiscovery isOperator={isOperator} />}
      {policy === 'missing' && <NoPolicy />}
      {rows.length > 0 && (
        <>
          <SummaryLine overview={overview} />
          <GuestsSection rows={rows} />
          <CalendarSection rows={rows} />
        </>
      )}
      <PlacesSection overview={overview} />
      <BelongingsSection overview={overview} />
    </>
  );
}
