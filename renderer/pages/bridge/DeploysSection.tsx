import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { openDeploy } from '../../../shared/open-deploy.ts';
import type { DeploySummary } from '../../../shared/schemas/bridge.ts';
import { Age } from '../../components/Age.tsx';
import {
  deployMark,
  deployWords,
  nodeStateMark,
  nodeStateWords,
  shortDeploy,
  sourceWords,
} from '../../components/bridge/source-words.ts';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { ConvergeButtons } from '../../wizards/bridge/ConvergeButtons.tsx';
import { startDeploy } from '../../wizards/bridge/start-deploy.ts';

/** Every deploy of the lab, and the ways back to an earlier one. */
export function DeploysSection({ isOperator }: { isOperator: boolean }) {
  const { query } = useApi();
  const deploys = useQuery(query.bridge.deploys.queryOptions());
  const jobs = useQuery(query.jobs.list.queryOptions());
  const isRunning = (jobs.data ?? []).some(
    ({ kind, state }) => kind === 'bridge-deploy' && state === 'running',
  );
  return (
    <section className="section" aria-labelledby="bridge-deploys">
      <h2 id="bridge-deploys">
        <Trans>Deploys</Trans>
      </h2>
      <QueryView result={deploys} waiting={t`Reading the deploys.`}>
        {(data) =>
          data.length === 0 ? (
            <p className="quiet">
              <Trans>Nothing was deployed yet.</Trans>
            </p>
          ) : (
            <>
              {isOperator && !isRunning && openDeploy(data) !== undefined && <OpenDeploy />}
              <DataTable
                label={t`Deploys`}
                rows={data}
                rowKey={({ id }) => id}
                columns={deployColumns(data, isRunning, isOperator)}
                empty=""
              />
            </>
          )
        }
      </QueryView>
    </section>
  );
}

function deployColumns(
  all: readonly DeploySummary[],
  isRunning: boolean,
  isOperator: boolean,
): TableColumn<DeploySummary>[] {
  const current = all.find(({ state }) => state === 'confirmed')?.id;
  return [
    {
      id: 'state',
      header: t`State`,
      value: ({ state }) => state,
      renderCell: ({ state, id }) => {
        // Only the newest can be the one that runs.
        const runs = isRunning && id === all[0]?.id;
        return <StateMark state={deployMark(state, runs)} label={deployWords(state, runs)} />;
      },
    },
    {
      id: 'what',
      header: t`What`,
      wraps: true,
      value: ({ source }) => sourceWords(source),
      renderCell: (deploy) => <What deploy={deploy} />,
    },
    {
      id: 'started',
      header: t`Started`,
      descendingFirst: true,
      value: ({ startedAt }) => startedAt,
      renderCell: ({ startedAt }) => <Age time={startedAt} />,
    },
    {
      id: 'nodes',
      header: t`Nodes`,
      renderCell: ({ nodes }) => (
        <ul className="deploy-nodes">
          {nodes.map(({ node, state }) => (
            <li key={node}>
              <LabText text={node} /> <StateMark state={nodeStateMark[state]} label={nodeStateWords(state)} />
            </li>
          ))}
        </ul>
      ),
    },
    {
      id: 'actions',
      header: t`Actions`,
      headerHidden: true,
      renderCell: (deploy) => isOperator && <WaysBack deploy={deploy} isCurrent={deploy.id === current} />,
    },
  ];
}

function What({ deploy }: { deploy: DeploySummary }) {
  const { source, id, reason } = deploy;
  return (
    <div className="deploy-what">
      {source.kind === 'design' ? <LabText text={source.name} /> : <PageWords text={sourceWords(source)} />}
      {reason !== undefined && (
        <span className="small">
          <ServiceText text={reason} />
        </span>
      )}
      <span className="small quiet mono">{shortDeploy(id)}</span>
    </div>
  );
}

function OpenDeploy() {
  return (
    <div className="panel open-deploy">
      <p>
        <Trans>
          The last deploy was not ended: each node is wholly on the new state or wholly on the former one.
          Bring them together, here or in a terminal:
        </Trans>
      </p>
      <LabCommand command="bridge converge" />
      <ConvergeButtons />
    </div>
  );
}

/** Each leads into the review of what it would change; nothing is changed by the click. */
function WaysBack({ deploy, isCurrent }: { deploy: DeploySummary; isCurrent: boolean }) {
  const { id, state } = deploy;
  const go = (to: 'before' | 'after') => () => startDeploy({ kind: 'deploy', id, state: to });
  const short = shortDeploy(id);
  if (state !== 'confirmed') return null;
  return isCurrent ? (
    <Way label={t`Take back…`} deploy={short} go={go('before')} />
  ) : (
    <Way label={t`Return to this…`} deploy={short} go={go('after')} />
  );
}

function Way({ label, deploy, go }: { label: string; deploy: string; go: () => void }) {
  return (
    <Button variant="default" size="compact-xs" onClick={go}>
      {label}
      <span className="sr-only">{t`, deploy ${deploy}`}</span>
    </Button>
  );
}
