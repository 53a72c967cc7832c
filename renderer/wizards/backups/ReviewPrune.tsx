import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconScissors } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { PlannedPrune, PrunePlan } from '../../../shared/schemas/backup-plans.ts';
import { addressOf } from '../../app/route.ts';
import { ofThisMoment, ReviewStep } from '../../components/wizard/ReviewStep.tsx';
import { useApi } from '../../connection/client.ts';
import { useSession } from '../../connection/use-session.ts';
import { PlanPrint } from '../../components/wizard/PlanPrint.tsx';
import { PrunePlanView } from './PrunePlanView.tsx';
import { removedWords } from './prune-words.ts';
import { useConfirmedRun } from './use-confirmed-run.ts';

/** Every archive with the rule that keeps or removes it. */
export function ReviewPrune() {
  const { client, query } = useApi();
  const { isOperator } = useSession();
  const planned = useQuery(
    query.backups.planPrune.queryOptions({ input: {}, enabled: isOperator, ...ofThisMoment }),
  );
  const { run, asked } = useConfirmedRun<PlannedPrune>((input) => client.backups.prune(input));
  return (
    <ReviewStep
      title={t`Review what will be removed`}
      about={t`Nothing has been removed yet.`}
      waiting={t`Looking at the archives of every place.`}
      planned={planned}
      run={run}
      back={{ href: addressOf({ page: 'backups' }), label: <Trans>Backups</Trans> }}
      viewerWords={t`A viewer cannot remove archives.`}
      refused={({ plan }) => (plan.removes === 0 ? t`Nothing is to be removed.` : undefined)}
      asked={asked}
      button={{
        label: (shown) => pruneLabel(shown?.plan),
        icon: <IconScissors size={16} aria-hidden="true" />,
        isDangerous: true,
      }}
    >
      {({ plan, digest }) => (
        <>
          <PrunePlanView plan={plan} />
          <PlanPrint digest={digest} />
        </>
      )}
    </ReviewStep>
  );
}

function pruneLabel(plan: PrunePlan | undefined): string {
  if (plan === undefined || plan.removes === 0) return t`Remove nothing`;
  const removed = removedWords(plan.archives);
  return t`Remove ${removed}`;
}
