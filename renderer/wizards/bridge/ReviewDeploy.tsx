import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconTopologyRing2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { BridgePlan, BridgeRequest, PlannedBridge } from '../../../shared/schemas/bridge.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { sourceWords } from '../../components/bridge/source-words.ts';
import { ofThisMoment, ReviewStep } from '../../components/wizard/ReviewStep.tsx';
import { useApi } from '../../connection/client.ts';
import { useSession } from '../../connection/use-session.ts';
import { formatNames } from '../../text/format.ts';
import { DeployPlan } from './DeployPlan.tsx';

/** Step 2: the plan, node by node. */
export function ReviewDeploy({ request }: { request: BridgeRequest }) {
  const { client, query } = useApi();
  const { isOperator } = useSession();
  const planned = useQuery(
    query.bridge.plan.queryOptions({ input: request, enabled: isOperator, ...ofThisMoment }),
  );
  const deploy = useMutation({
    mutationFn: async ({ digest }: PlannedBridge) => {
      const { confirmation } = await client.bridge.confirm({ planDigest: digest });
      return client.bridge.deploy({ planDigest: digest, confirmation });
    },
    onSuccess: ({ jobId }) => goTo({ page: 'bridge-job', id: jobId }),
  });
  return (
    <ReviewStep
      title={t`Review what will change`}
      about={t`Nothing has been changed on any node yet.`}
      waiting={t`Asking all nodes what they have, at the same time.`}
      planned={planned}
      run={deploy}
      back={{ href: addressOf({ page: 'deploy', step: 'choose' }), label: <Trans>Choices</Trans> }}
      viewerWords={t`A viewer cannot deploy.`}
      refused={({ plan }) => (plan.refusals.length === 0 ? undefined : t`Refused for the reasons above.`)}
      button={{
        label: (shown) => deployLabel(request, shown?.plan),
        icon: <IconTopologyRing2 size={16} aria-hidden="true" />,
        isDangerous: true,
      }}
    >
      {(shown) => <DeployPlan planned={shown} />}
    </ReviewStep>
  );
}

/** Names what goes where; never "OK". */
function deployLabel(request: BridgeRequest, plan: BridgePlan | undefined): string {
  const nodes = formatNames(plan?.nodes.map(({ node }) => node) ?? request.nodes ?? []);
  const { source } = request;
  if (source.kind === 'design') {
    const design = source.name;
    return t`Deploy ${design} to ${nodes}`;
  }
  const former = sourceWords(source);
  return t`Return ${nodes} to ${former}`;
}
