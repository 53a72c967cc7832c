import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconCpu } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { addressOf } from '../../app/route.ts';
import { NodeName, nodeColumns, nodeFilterText } from '../../components/cards/node-columns.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { NodeTable } from '../../components/cards/NodeTable.tsx';
import type { TableColumn } from '../../components/DataTable.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { startBurn } from '../../wizards/cards/start-burn.ts';

const cardColumns = (): readonly TableColumn<NodeSummary>[] => [
  {
    id: 'name',
    wraps: true,
    header: t`Node`,
    value: nodeFilterText,
    renderCell: (node) => (
      <a href={addressOf({ page: 'node', node: node.name })}>
        <NodeName node={node} />
      </a>
    ),
  },
  ...nodeColumns(),
  {
    id: 'actions',
    header: t`Actions`,
    headerHidden: true,
    renderCell: (node) => <BurnButton node={node} />,
  },
];

/** Every node of the lab, and how old its recovery card is. */
export function CardsPage() {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const [columns] = useState(cardColumns);
  return (
    <div className="page">
      <PageHead
        title={t`Cards`}
        about={t`A recovery card turns a blank machine back into one of your nodes.`}
      >
        <Button leftSection={<IconCpu size={16} aria-hidden="true" />} onClick={() => startBurn(undefined)}>
          <Trans>Burn a card</Trans>
        </Button>
      </PageHead>
      <QueryView result={nodes} waiting={t`Reading the inventory.`}>
        {(data) => (data.length === 0 ? <NoNodes /> : <NodeTable nodes={data} columns={columns} />)}
      </QueryView>
    </div>
  );
}

function BurnButton({ node }: { node: NodeSummary }) {
  const { name } = node;
  if (!node.recoverable) {
    return (
      <span className="quiet">
        <Trans>not rebuilt by a card</Trans>
      </span>
    );
  }
  return (
    <Button
      variant="default"
      size="compact-xs"
      onClick={() => startBurn(name)}
      aria-label={t`Burn a card for ${name}`}
    >
      <Trans>Burn…</Trans>
    </Button>
  );
}

function NoNodes() {
  return (
    <div className="panel empty">
      <h2>
        <Trans>The inventory names no nodes yet</Trans>
      </h2>
      <p>
        <Trans>
          Add them to <code>metis/inventory.yaml</code> in the lab folder, then look at what Sifaka makes of
          it:
        </Trans>
      </p>
      <LabCommand command="lab check" />
    </div>
  );
}
