import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useMemo } from 'react';
import type { SyncPairState } from '../../../shared/schemas/sync-overview.ts';
import { DataTable } from '../../components/DataTable.tsx';
import { pairColumns, pairRows } from './pair-columns.tsx';

/** Both directions of every pair, side by side. */
export function PairsSection(props: { pairs: readonly SyncPairState[]; isOperator: boolean }) {
  const { pairs, isOperator } = props;
  const rows = useMemo(() => pairRows(pairs), [pairs]);
  const columns = useMemo(() => pairColumns(isOperator), [isOperator]);
  return (
    <section className="section" aria-labelledby="sync-pairs">
      <h2 id="sync-pairs">
        <Trans>Pairs</Trans>
      </h2>
      <DataTable
        label={t`Pairs`}
        rows={rows}
        rowKey={({ pair, direction }) => `${pair} ${direction.direction}`}
        columns={columns}
        empty=""
      />
    </section>
  );
}
