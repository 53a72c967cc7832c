import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { PlannedRestore, RestorePlan, RestoreRequest } from '../../../shared/schemas/backup-plans.ts';
import type { ReactNode } from 'react';
import { shortenedInTheMiddle } from '../../../shared/shortened.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { addressOf } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { ofThisMoment, ReviewStep } from '../../components/wizard/ReviewStep.tsx';
import { useApi } from '../../connection/client.ts';
import { useSession } from '../../connection/use-session.ts';
import type { ChosenArchive } from '../../stores/backup-restore-wizard.ts';
import { formatTime } from '../../text/format.ts';
import { PlanPrint } from '../../components/wizard/PlanPrint.tsx';
import { RestorePlanView } from './RestorePlanView.tsx';
import { useConfirmedRun } from './use-confirmed-run.ts';

/** Characters of a guest's name on a button. */
const longestName = 40;

/** Step 2: what comes where, and what is lost by it, by name. */
export function ReviewRestore({ request, archive }: { request: RestoreRequest; archive: ChosenArchive }) {
  const { client, query } = useApi();
  const { isOperator } = useSession();
  const planned = useQuery(
    query.backups.planRestore.queryOptions({ input: request, enabled: isOperator, ...ofThisMoment }),
  );
  const { run, asked } = useConfirmedRun<PlannedRestore>((input) => client.backups.restore(input));
  return (
    <ReviewStep
      title={t`Review what will be restored`}
      about={t`Nothing has been changed yet.`}
      waiting={t`Looking at the archive, and asking the node what it has.`}
      planned={planned}
      run={run}
      back={{ href: addressOf({ page: 'backup-restore', step: 'choose' }), label: <Trans>Choices</Trans> }}
      viewerWords={t`A viewer cannot restore.`}
      refused={({ plan }) => (plan.refusals.length === 0 ? undefined : t`Refused for the reasons above.`)}
      loss={({ plan }) => lossOf(plan)}
      asked={planned.data?.plan.overwrites && asked}
      button={{
        label: (shown) => restoreLabel(request, archive, shown?.plan),
        icon: <IconArrowBackUp size={16} aria-hidden="true" />,
        isDangerous: planned.data?.plan.overwrites !== undefined,
      }}
    >
      {({ plan, digest }) => (
        <>
          <RestorePlanView plan={plan} />
          <PlanPrint digest={digest} />
        </>
      )}
    </ReviewStep>
  );
}

/** What would be lost, to be agreed to; nothing where a new guest is made. */
function lossOf(plan: RestorePlan): ReactNode {
  if (plan.overwrites === undefined) return undefined;
  return (
    <Trans>
      Its disks as they are now are lost for good: <LabText text={nameOf(plan)} />
    </Trans>
  );
}

/** Names what is erased and what comes in its place; never "OK". */
function restoreLabel(
  request: RestoreRequest,
  archive: ChosenArchive,
  plan: RestorePlan | undefined,
): string {
  const target = request.target;
  if (plan?.overwrites === undefined) return t`Restore as ${target}`;
  const guest = nameOf(plan);
  const from = formatTime(new Date(archive.at));
  return t`Erase ${guest} and restore it from ${from}`;
}

/** `baobab/100 web`: what an operator recognises, however its owner called it. */
function nameOf({ node, vmid, overwrites }: RestorePlan): string {
  const name = shortenedInTheMiddle(terminalText(overwrites?.name ?? ''), longestName);
  return [`${node}/${vmid}`, name].filter(Boolean).join(' ');
}
