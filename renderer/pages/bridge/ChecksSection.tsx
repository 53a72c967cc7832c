import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BridgeCheck, BridgeDescription } from '../../../shared/schemas/bridge.ts';
import { goTo } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { CheckOutcome } from '../../components/bridge/CheckOutcome.tsx';
import { CheckedNodes } from '../../components/bridge/CheckedNodes.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatCount } from '../../text/format.ts';

const shownChecks = 20;

/** The newest check in full, or the one that is asked for, and those before it. */
export function ChecksSection(props: { isOperator: boolean; cables: BridgeDescription['cables'] }) {
  const { query } = useApi();
  const checks = useQuery(query.bridge.checks.queryOptions({ input: { limit: shownChecks } }));
  const [chosen, choose] = useState<string>();
  return (
    <section className="section" aria-labelledby="bridge-checks">
      <div className="bridge-now-head">
        <h2 id="bridge-checks">
          <Trans>Checks</Trans>
        </h2>
        <CheckNow disabled={!props.isOperator} />
      </div>
      <QueryView result={checks} waiting={t`Reading the checks.`}>
        {(data) => {
          const shown = data.find(({ id }) => id === chosen) ?? data[0];
          if (!shown) return <NoCheck />;
          return (
            <>
              <CheckOutcome check={shown} isNewest={shown === data[0]} isOperator={props.isOperator} />
              {/* Who may not ask the nodes sees them as they were then. */}
              {!props.isOperator && <CheckedNodes check={shown} cables={props.cables} />}
              {data.length > 1 && (
                <DataTable
                  label={t`Checks`}
                  rows={data}
                  rowKey={({ id }) => id}
                  columns={checkColumns(choose)}
                  isSelected={({ id }) => id === shown.id}
                  empty=""
                />
              )}
            </>
          );
        }}
      </QueryView>
    </section>
  );
}

function NoCheck() {
  return (
    <div className="panel empty">
      <p>
        <Trans>
          The bridge was never checked. A check sends full frames between every two nodes, both ways: what a
          small ping does not show.
        </Trans>
      </p>
      <LabCommand command="bridge check" />
    </div>
  );
}

function CheckNow({ disabled }: { disabled: boolean }) {
  const { query } = useApi();
  const [throughput, setThroughput] = useState(false);
  const check = useMutation(
    query.bridge.check.mutationOptions({
      onSuccess: ({ jobId }) => goTo({ page: 'bridge-job', id: jobId }),
    }),
  );
  return (
    <>
      <div className="actions">
        <Checkbox
          size="xs"
          label={t`with throughput, by iperf3`}
          checked={throughput}
          disabled={disabled}
          onChange={(event) => setThroughput(event.currentTarget.checked)}
        />
        <Button
          variant="default"
          disabled={disabled}
          loading={check.isPending}
          onClick={() => check.mutate({ throughput })}
        >
          <Trans>Check now</Trans>
        </Button>
      </div>
      {check.isError && <ProblemNotice problem={problemOf(check.error)} />}
    </>
  );
}

function checkColumns(show: (id: string) => void): TableColumn<BridgeCheck>[] {
  return [
    {
      id: 'result',
      header: t`Result`,
      value: ({ passed }) => Number(passed),
      renderCell: ({ passed }) =>
        passed ? <StateMark state="ok" label={t`Passed`} /> : <StateMark state="danger" label={t`Failed`} />,
    },
    {
      id: 'at',
      header: t`When`,
      descendingFirst: true,
      value: ({ at }) => at,
      renderCell: ({ at }) => <Age time={at} />,
    },
    {
      id: 'trigger',
      header: t`Why`,
      value: ({ trigger }) => trigger,
      renderCell: ({ trigger }) => triggerWords(trigger),
    },
    {
      id: 'findings',
      header: t`Findings`,
      numeric: true,
      value: ({ findings }) => findings.length,
      renderCell: ({ findings }) => formatCount(findings.length),
    },
    {
      id: 'actions',
      header: t`Actions`,
      headerHidden: true,
      renderCell: ({ id }) => (
        <Button variant="default" size="compact-xs" onClick={() => show(id)}>
          <Trans>Show</Trans>
        </Button>
      ),
    },
  ];
}

function triggerWords(trigger: BridgeCheck['trigger']): string {
  const words: Record<BridgeCheck['trigger'], string> = {
    asked: t`asked for`,
    schedule: t`on schedule`,
    deploy: t`after a deploy`,
  };
  return words[trigger];
}
