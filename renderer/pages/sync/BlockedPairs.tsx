import { t } from '@lingui/core/macro';
import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { SyncPairState } from '../../../shared/schemas/sync-overview.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';

/** Pairs of which one direction failed, so that the other one waits; each with the way to let it go on. */
export function BlockedPairs(props: { pairs: readonly SyncPairState[]; isOperator: boolean }) {
  return props.pairs
    .filter(({ directions }) => directions.some(({ blocked }) => blocked !== undefined))
    .map((pair) => <Blocked key={pair.pair} pair={pair} isOperator={props.isOperator} />);
}

function Blocked({ pair, isOperator }: { pair: SyncPairState; isOperator: boolean }) {
  const { query } = useApi();
  const queryClient = useQueryClient();
  const resume = useMutation(
    query.sync.resume.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: query.sync.key() }),
    }),
  );
  const problem = pair.directions.find(({ blocked }) => blocked !== undefined)?.blocked;
  if (problem === undefined) return null;
  const { pair: name } = pair;
  const shown = resume.isError ? problemOf(resume.error) : problem;
  return (
    <ProblemNotice problem={shown}>
      <Button
        variant="default"
        size="xs"
        disabled={!isOperator}
        leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
        loading={resume.isPending}
        onClick={() => resume.mutate({ pair: name })}
      >
        {t`All is well: let ${name} run again`}
      </Button>
    </ProblemNotice>
  );
}
