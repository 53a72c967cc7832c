import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { addressOf } from '../../app/route.ts';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { LabText } from '../LabText.tsx';
import { ProblemNotice } from '../ProblemNotice.tsx';

/** Writes down what a check found as an issue of the lab, with the nodes' own words for evidence. */
export function OpenIssue({ check }: { check: string }) {
  const { query } = useApi();
  const open = useMutation(query.bridge.openIssue.mutationOptions());
  if (open.isSuccess) {
    const { id, file } = open.data;
    return (
      <output>
        <Trans>
          Opened{' '}
          <a href={addressOf({ page: 'issue', id })}>
            <LabText text={id} />
          </a>
          : <code>{file}</code>
        </Trans>
      </output>
    );
  }
  return (
    <>
      {open.isError && <ProblemNotice problem={problemOf(open.error)} />}
      <div className="actions">
        <Button variant="default" loading={open.isPending} onClick={() => open.mutate({ check })}>
          <Trans>Open an issue</Trans>
        </Button>
        <span className="quiet">{t`The nodes are asked once more, for the evidence.`}</span>
      </div>
    </>
  );
}
