import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconArchive, IconArrowBackUp, IconFlask, IconRepeat } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { goTo } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { useSession } from '../../connection/use-session.ts';
import { startBackup, startRestore } from '../../wizards/backups/start-wizard.ts';

/** What can be done about one guest. Reading its archives again and restoring one as a test change nothing of it: they start at once. */
export function GuestButtons(props: { address: string; hasArchives: boolean }) {
  const { address } = props;
  const { query } = useApi();
  const { isOperator } = useSession();
  const verify = useMutation(query.backups.verify.mutationOptions({ onSuccess: goToJob }));
  const test = useMutation(query.backups.restoreTest.mutationOptions({ onSuccess: goToJob }));
  const failed = [verify, test].find(({ isError }) => isError);
  const hasArchives = isOperator && props.hasArchives;
  return (
    <>
      {failed && <ProblemNotice problem={problemOf(failed.error)} />}
      <Button
        variant="default"
        disabled={!hasArchives}
        loading={verify.isPending}
        leftSection={<IconRepeat size={16} aria-hidden="true" />}
        onClick={() => verify.mutate({ guests: [address] })}
      >
        <Trans>Read its archives again</Trans>
      </Button>
      <Button
        variant="default"
        disabled={!hasArchives}
        loading={test.isPending}
        leftSection={<IconFlask size={16} aria-hidden="true" />}
        onClick={() => test.mutate({ guest: address })}
      >
        <Trans>Restore it as a test</Trans>
      </Button>
      <Button
        variant="default"
        disabled={!hasArchives}
        leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
        onClick={() => startRestore({ wanted: address })}
      >
        <Trans>Get it back</Trans>
      </Button>
      <Button
        disabled={!isOperator}
        leftSection={<IconArchive size={16} aria-hidden="true" />}
        onClick={() => startBackup([address])}
      >
        <Trans>Back it up</Trans>
      </Button>
    </>
  );
}

function goToJob({ jobId }: { jobId: string }): void {
  goTo({ page: 'backup-job', id: jobId });
}
