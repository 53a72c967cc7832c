import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { SyncOverview } from '../../../shared/schemas/sync-overview.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useSyncOverview } from '../../components/sync/use-sync-overview.ts';
import { useSession } from '../../connection/use-session.ts';
import { RunningHere } from '../../jobs/RunningHere.tsx';
import { startSync } from '../../wizards/sync/start-sync.ts';
import { BlockedPairs } from './BlockedPairs.tsx';
import { NoPairs } from './NoPairs.tsx';
import { PairsSection } from './PairsSection.tsx';
import { RunsSection } from './RunsSection.tsx';
import { StoreLine } from './StoreLine.tsx';
import './sync.css';

/** Pair by pair, both directions: when they ran, what they did, and what keeps them from running. */
export function SyncPage() {
  const overview = useSyncOverview({ store: true });
  const { isOperator } = useSession();
  const hasPairs = (overview.data?.pairs.length ?? 0) > 0;
  return (
    <div className="page sync-page">
      <PageHead title={t`Sync`} about={t`Pairs of folders that are kept the same, one direction at a time.`}>
        {hasPairs && (
          <Button
            disabled={!isOperator}
            leftSection={<IconRefresh size={16} aria-hidden="true" />}
            onClick={() => startSync(undefined)}
          >
            <Trans>Sync a pair</Trans>
          </Button>
        )}
      </PageHead>
      <RunningHere kinds={['sync-run']} />
      <QueryView result={overview} waiting={t`Reading what is known of the pairs.`}>
        {(data) => <Known overview={data} isOperator={isOperator} />}
      </QueryView>
    </div>
  );
}

function Known({ overview, isOperator }: { overview: SyncOverview; isOperator: boolean }) {
  const { pairs, logFolderProblem } = overview;
  if (pairs.length === 0) return <NoPairs />;
  return (
    <>
      {logFolderProblem && <ProblemNotice problem={logFolderProblem} />}
      <BlockedPairs pairs={pairs} isOperator={isOperator} />
      <PairsSection pairs={pairs} isOperator={isOperator} />
      <RunsSection />
      <StoreLine overview={overview} />
    </>
  );
}
