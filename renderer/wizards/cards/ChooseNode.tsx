import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Radio } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useMemo } from 'react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { NodeName, nodeColumns, nodeFilterText } from '../../components/cards/node-columns.tsx';
import { NodeTable } from '../../components/cards/NodeTable.tsx';
import type { TableColumn } from '../../components/DataTable.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useApi } from '../../connection/client.ts';
import { useCardWizard } from '../../stores/card-wizard.ts';

/** Step 1: which node the card is for. One radio group; arrow keys choose, Enter goes on. */
export function ChooseNode() {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const { node: chosen, chooseNode } = useCardWizard();
  const columns = useMemo<TableColumn<NodeSummary>[]>(
    () => [
      {
        id: 'name',
        wraps: true,
        header: t`Node`,
        value: nodeFilterText,
        renderCell: (node) => (
          <Radio
            name="node"
            size="xs"
            value={node.name}
            checked={chosen === node.name}
            disabled={!node.recoverable}
            onChange={() => chooseNode(node.name)}
            label={<NodeName node={node} />}
            description={node.recoverable ? undefined : t`not rebuilt by a card`}
          />
        ),
      },
      // The disks do not help to tell two nodes apart, and the room is needed for what does.
      ...nodeColumns().filter((column) => column.id !== 'longhorn'),
    ],
    [chosen, chooseNode],
  );
  const goOn = (event: FormEvent) => {
    event.preventDefault();
    if (chosen !== undefined) goTo({ page: 'burn', step: 'target' });
  };
  return (
    <form onSubmit={goOn}>
      <div className="step-content">
        <StepHeading
          about={t`The card makes a blank machine come up as this node: same name, address, keys and place in k3s.`}
        >
          <Trans>Which node is the card for?</Trans>
        </StepHeading>
        <QueryView result={nodes} waiting={t`Reading the inventory.`}>
          {(data) => (
            <NodeTable
              nodes={data}
              columns={columns}
              isSelected={(node) => node.name === chosen}
              onRowClick={(node) => node.recoverable && chooseNode(node.name)}
            />
          )}
        </QueryView>
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'cards' })} variant="default">
          <Trans>Back to the nodes</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          disabled={chosen === undefined}
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
        >
          {goOnLabel(chosen)}
        </Button>
      </StepActions>
    </form>
  );
}

function goOnLabel(node: string | undefined): string {
  return node === undefined ? t`Choose a node first` : t`Go on with ${node}`;
}
