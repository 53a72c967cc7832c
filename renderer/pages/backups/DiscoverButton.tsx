import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';

/** Asks every node and target what there is, and writes the day's manifest. It changes nothing on them. */
export function DiscoverButton({ disabled, isFirst = false }: { disabled: boolean; isFirst?: boolean }) {
  const { query } = useApi();
  const queryClient = useQueryClient();
  const discover = useMutation(
    query.backups.discover.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: query.backups.key() }),
    }),
  );
  return (
    <>
      {discover.isError && <ProblemNotice problem={problemOf(discover.error)} />}
      <Button
        variant={isFirst ? 'filled' : 'default'}
        leftSection={<IconRefresh size={16} aria-hidden="true" />}
        disabled={disabled}
        loading={discover.isPending}
        onClick={() => discover.mutate(undefined)}
      >
        <Trans>Ask the nodes</Trans>
      </Button>
    </>
  );
}
