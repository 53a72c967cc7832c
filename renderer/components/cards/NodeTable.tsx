import { t } from '@lingui/core/macro';
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type ComponentProps, useState } from 'react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { DataTable } from '../DataTable.tsx';

type Choosing = Pick<ComponentProps<typeof DataTable<NodeSummary>>, 'columns' | 'isSelected' | 'onRowClick'>;

/** The nodes of the lab with a filter over them: to look at, or to choose one from. */
export function NodeTable({ nodes, ...choosing }: Choosing & { nodes: readonly NodeSummary[] }) {
  const [filter, setFilter] = useState('');
  return (
    <div className="section">
      <TextInput
        className="table-filter"
        type="search"
        aria-label={t`Filter nodes`}
        placeholder={t`Filter by name, class or address`}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <DataTable
        label={t`Nodes`}
        rows={nodes}
        rowKey={(node) => node.name}
        filter={filter}
        initialSort={{ id: 'name', desc: false }}
        empty={filter === '' ? t`No node matches.` : t`No node matches “${filter}”.`}
        {...choosing}
      />
    </div>
  );
}
