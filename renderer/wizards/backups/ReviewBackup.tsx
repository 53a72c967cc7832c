import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArchive } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { BackupRequest, PlannedBackup, PlannedGuest } from '../../../shared/schemas/backup-plans.ts';
import { shortenedInTheMiddle } from '../../../shared/shortened.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { ofThisMoment, ReviewStep } from '../../components/wizard/ReviewStep.tsx';
import { useApi } from '../../connection/client.ts';
import { useSession } from '../../connection/use-session.ts';
import { PlanPrint } from '../../components/wizard/PlanPrint.tsx';
import { PlannedGuestPanel } from './PlannedGuestPanel.tsx';

/** Characters of a guest's name on a button. */
const longestName = 40;

/** Step 2: the plan, guest by guest. */
export function ReviewBackup({ request }: { request: BackupRequest }) {
  const { client, query } = useApi();
  const { isOperator } = useSession();
  const planned = useQuery(
    query.backups.plan.queryOptions({ input: request, enabled: isOperator, ...ofThisMoment }),
  );
  const run = useMutation({
    mutationFn: ({ digest }: PlannedBackup) => client.backups.run({ planDigest: digest }),
    onSuccess: ({ jobId }) => goTo({ page: 'backup-job', id: jobId }),
  });
  return (
    <ReviewStep
      title={t`Review what will be made`}
      about={t`Nothing has been started yet.`}
      waiting={t`Asking the nodes how these guests and storages are now.`}
      planned={planned}
      run={run}
      back={{ href: addressOf({ page: 'backup-run', step: 'choose' }), label: <Trans>Choices</Trans> }}
      viewerWords={t`A viewer cannot back up.`}
      refused={({ plan }) => (made(plan.guests).length === 0 ? t`Refused for the reasons above.` : undefined)}
      button={{
        label: (shown) => runLabel(shown?.plan.guests),
        icon: <IconArchive size={16} aria-hidden="true" />,
        isDangerous: false,
      }}
    >
      {({ plan, digest }) => (
        <>
          {plan.guests.map((guest) => (
            <PlannedGuestPanel key={`${guest.guest.node}/${guest.guest.vmid}`} planned={guest} />
          ))}
          <PlanPrint digest={digest} />
        </>
      )}
    </ReviewStep>
  );
}

const made = (guests: readonly PlannedGuest[]) => guests.filter(({ refusal }) => refusal === undefined);

function runLabel(guests: readonly PlannedGuest[] | undefined): string {
  const [first, ...more] = made(guests ?? []);
  if (first === undefined) return t`Back up`;
  if (more.length > 0) return plural(more.length + 1, { one: 'Back up # guest', other: 'Back up # guests' });
  const { node, vmid, name } = first.guest;
  const guest = [`${node}/${vmid}`, shortenedInTheMiddle(terminalText(name ?? ''), longestName)]
    .filter(Boolean)
    .join(' ');
  return t`Back up ${guest}`;
}
