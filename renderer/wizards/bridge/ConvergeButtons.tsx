import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { goTo } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { startRequest } from './start-deploy.ts';

/**
 * Ends the deploy that was split or cut off. A node that still waits is told at once what to do; where others have to be
 * changed for all to be the same, that is reviewed like any deploy.
 */
export function ConvergeButtons() {
  const { query } = useApi();
  const queryClient = useQueryClient();
  const converge = useMutation(
    query.bridge.converge.mutationOptions({
      async onSuccess({ deploy, request }) {
        await queryClient.invalidateQueries({ queryKey: query.bridge.key() });
        if (request) {
          startRequest(
            request,
            deploy.nodes.map(({ node }) => node),
          );
        } else goTo({ page: 'bridge' });
      },
    }),
  );
  return (
    <>
      {converge.isError && <ProblemNotice problem={problemOf(converge.error)} />}
      <div className="actions">
        <Button loading={converge.isPending} onClick={() => converge.mutate({ to: 'new' })}>
          <Trans>Bring every node to the new state</Trans>
        </Button>
        <Button
          variant="default"
          disabled={converge.isPending}
          onClick={() => converge.mutate({ to: 'old' })}
        >
          <Trans>Take every node back</Trans>
        </Button>
      </div>
    </>
  );
}
