import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useDeferredValue, useState } from 'react';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { DataTable } from '../../components/DataTable.tsx';
import { guestColumns } from './guest-columns.tsx';

/** More than this many are found by their names rather than by eye. */
const manyGuests = 12;

export function GuestsSection({ rows }: { rows: readonly Coverage[] }) {
  const [columns] = useState(guestColumns);
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter);
  return (
    <section className="section" aria-labelledby="backups-guests">
      <div className="backups-head">
        <h2 id="backups-guests">
          <Trans>Guests</Trans>
        </h2>
        {rows.length > manyGuests && (
          <TextInput
            type="search"
            size="xs"
            leftSection={<IconSearch size={14} aria-hidden="true" />}
            aria-label={t`Find a guest`}
            placeholder={t`Name, node, number or reason`}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        )}
      </div>
      <DataTable
        label={t`Guests`}
        rows={rows}
        rowKey={({ guest }) => `${guest.pveCluster}/${guest.type}/${guest.vmid}`}
        columns={columns}
        filter={wanted}
        empty={t`No guest has this.`}
      />
    </section>
  );
}
