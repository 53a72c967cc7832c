import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { CalendarGrid } from '../../components/backups/CalendarGrid.tsx';
import { guestAddress } from '../../components/backups/guest-address.ts';
import { LabText } from '../../components/LabText.tsx';

/** Each guest has 56 squares: what is beyond this is shown when it is asked for. */
const shownAtFirst = 40;

/** The last eight weeks of every guest, in the order of the table: the worst first. */
export function CalendarSection({ rows }: { rows: readonly Coverage[] }) {
  const [shown, setShown] = useState(shownAtFirst);
  const hidden = rows.length - shown;
  return (
    <section className="section" aria-labelledby="backups-calendar">
      <h2 id="backups-calendar">
        <Trans>The last eight weeks</Trans>
      </h2>
      <CalendarGrid
        label={t`Backups by guest and day`}
        rows={rows.slice(0, shown).map((row) => ({
          key: `${row.guest.pveCluster}/${row.guest.type}/${row.guest.vmid}`,
          name: (
            <a href={addressOf({ page: 'backups-guest', guest: guestAddress(row) })}>
              <LabText text={row.guest.name ?? guestAddress(row)} />
            </a>
          ),
          days: row.days,
        }))}
      />
      {hidden > 0 && (
        <div className="actions">
          <Button variant="default" size="xs" onClick={() => setShown(shown + shownAtFirst)}>
            {plural(hidden, { one: 'Show # more guest', other: 'Show more of # guests' })}
          </Button>
        </div>
      )}
    </section>
  );
}
