import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconTopologyRing2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { BridgeDescription } from '../../../shared/schemas/bridge.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { RunningHere } from '../../jobs/RunningHere.tsx';
import { startDeploy } from '../../wizards/bridge/start-deploy.ts';
import { ChecksSection } from './ChecksSection.tsx';
import { DeploysSection } from './DeploysSection.tsx';
import { NoBridge, NoDesign, NoTrust } from './EmptyBridge.tsx';
import { LiveSection } from './LiveSection.tsx';
import { useLooks } from './use-looks.ts';
import './bridge.css';

/** The Thunderbolt bridge as it is now, and what was done to it. */
export function BridgePage() {
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  const isOperator = session.data?.role === 'operator';
  const described = useQuery(query.bridge.described.queryOptions());
  const designs = useQuery(query.bridge.designs.queryOptions());
  const isMissing = described.isError && problemOf(described.error).code === 'BRIDGE_MISSING';
  return (
    <div className="page">
      <PageHead title={t`Bridge`} about={t`The network between the nodes over their Thunderbolt cables.`}>
        {!isMissing && (
          <Button
            leftSection={<IconTopologyRing2 size={16} aria-hidden="true" />}
            onClick={() => startDeploy(undefined)}
            disabled={!isOperator}
          >
            <Trans>Deploy a design</Trans>
          </Button>
        )}
      </PageHead>
      <RunningHere kinds={['bridge-deploy', 'bridge-check']} />
      {isMissing ? (
        <NoBridge />
      ) : (
        <QueryView result={described} waiting={t`Reading the cluster file.`}>
          {(description) => (
            <>
              {isOperator && <Now description={description} />}
              {designs.data?.length === 0 && <NoDesign isOperator={isOperator} />}
              <ChecksSection isOperator={isOperator} cables={description.cables} />
            </>
          )}
        </QueryView>
      )}
      <DeploysSection isOperator={isOperator} />
    </div>
  );
}

/** How the nodes are now. They are asked only when at least one of them is known for who it is. */
function Now({ description }: { description: BridgeDescription }) {
  const { query } = useApi();
  const nodes = useQuery(query.nodes.list.queryOptions());
  const members = (nodes.data ?? []).filter(({ name }) => description.nodes.includes(name));
  const isTrusted = members.some(({ trusted }) => trusted.length > 0);
  const looks = useLooks(isTrusted);
  return (
    <QueryView result={nodes} waiting={t`Reading the cluster file.`}>
      {() =>
        isTrusted ? (
          <QueryView result={looks} waiting={t`Asking the nodes.`}>
            {(seen) => <LiveSection seen={seen} hasFailed={looks.isError} />}
          </QueryView>
        ) : (
          <NoTrust node={description.nodes[0] ?? ''} />
        )
      }
    </QueryView>
  );
}
