import { Button } from '@mantine/core';
import { IconCpu } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
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

/** Every node of the lab, and how old its recovery card is. */
export function CardsPage() {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const columns = useMemo<TableColumn<NodeSummary>[]>(
    () => [
      {
        id: 'name',
        wraps: true,
        header: 'Node',
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
        header: 'Actions',
        headerHidden: true,
        renderCell: (node) => <BurnButton node={node} />,
      },
    ],
    [],
  );
  return (
    <div className="page">
      <PageHead title="Cards" about="A recovery card turns a blank machine back into one of your nodes.">
        <Button leftSection={<IconCpu size={16} aria-hidden="true" />} onClick={() => startBurn(undefined)}>
          Burn a card
        </Button>
      </PageHead>
      <QueryView result={nodes} waiting="Reading the inventory.">
        {(data) => (data.length === 0 ? <NoNodes /> : <NodeTable nodes={data} columns={columns} />)}
      </QueryView>
    </div>
  );
}

function BurnButton({ node }: { node: NodeSummary }) {
  if (!node.recoverable) return <span className="quiet">not rebuilt by a card</span>;
  return (
    <Button
      variant="default"
      size="compact-xs"
      onClick={() => startBurn(node.name)}
      aria-label={`Burn a card for ${node.name}`}
    >
      Burn…
    </Button>
  );
}

function NoNodes() {
  return (
    <div className="panel empty">
      <h2>The inventory names no nodes yet</h2>
      <p>
        Add them to <code>metis/inventory.yaml</code> in the lab folder, then look at what Sifaka makes of it:
      </p>
      <LabCommand command="lab check" />
    </div>
  );
}
