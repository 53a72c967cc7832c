import { Trans } from '@lingui/react/macro';
import { Button, Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemOf } from '../connection/problem-of.ts';
import { ProblemNotice } from './ProblemNotice.tsx';

/** An answer of the host: awaited, refused in words, or shown. An answer that was there stays when a later call fails. */
export function QueryView<Data>(props: {
  result: UseQueryResult<Data, unknown>;
  waiting: string;
  /** What went wrong elsewhere on this page, by its words: it is not said twice. */
  said?: readonly string[];
  children: (data: Data) => ReactNode;
}) {
  const { result } = props;
  const problem = result.isError ? problemOf(result.error) : undefined;
  const alreadySaid = problem !== undefined && (props.said ?? []).includes(problem.what);
  return (
    <>
      {problem && alreadySaid && (
        <p className="quiet">
          <Trans>This waits until what is wrong above is mended.</Trans>
        </p>
      )}
      {problem && !alreadySaid && (
        <ProblemNotice problem={problem}>
          <Button
            variant="default"
            size="xs"
            onClick={() => void result.refetch()}
            loading={result.isFetching}
          >
            <Trans>Try again</Trans>
          </Button>
        </ProblemNotice>
      )}
      {result.data !== undefined && props.children(result.data)}
      {result.isPending && <Waiting words={props.waiting} />}
    </>
  );
}

export function Waiting({ words }: { words: string }) {
  return (
    <output className="waiting quiet">
      <Loader size={14} color="gray" aria-hidden="true" /> {words}
    </output>
  );
}
